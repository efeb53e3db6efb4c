import type {Clock} from '../core/clock.ts';
import {projectGridManifest} from '../record/grid-run.ts';
import type {Layout} from '../record/layout.ts';

const INTERVAL_MS = 1_000;
/** A projection may take at most this share of the time, so that large grids do not spend theirs on rewriting manifests. */
const WORK_SHARE = 0.05;

/**
 * Keeps grid manifests fresh: folds the task records into them soon after one changed, but never back to back.
 */
export class GridProjector {
  readonly #layout: Layout;
  readonly #clock: Clock;
  readonly #onError: (error: unknown) => void;
  readonly #dirty = new Set<string>();
  #running: Promise<void> | null = null;
  #timer: NodeJS.Timeout | null = null;
  #notBeforeMs = 0;

  constructor(options: {layout: Layout; clock: Clock; onError: (error: unknown) => void}) {
    this.#layout = options.layout;
    this.#clock = options.clock;
    this.#onError = options.onError;
  }

  /** A task record of this grid run changed. */
  touch(gridId: string | null): void {
    if (gridId === null) return;
    this.#dirty.add(gridId);
    if (this.#timer || this.#running) return;
    const waitMs = Math.max(0, this.#notBeforeMs - this.#clock.monotonic());
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#running = this.#project().catch(this.#onError);
    }, waitMs);
  }

  /** Projects whatever changed since; resolves when the manifests are up to date. */
  async flush(): Promise<void> {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    await this.#running;
    await this.#project();
  }

  async #project(): Promise<void> {
    const gridIds = [...this.#dirty];
    this.#dirty.clear();
    const startMs = this.#clock.monotonic();
    try {
      for (const gridId of gridIds) await projectGridManifest(this.#layout, gridId);
    } finally {
      const nowMs = this.#clock.monotonic();
      this.#notBeforeMs = nowMs + Math.max(INTERVAL_MS, (nowMs - startMs) / WORK_SHARE);
      this.#running = null;
    }
    const [first] = this.#dirty;
    if (first !== undefined) this.touch(first);
  }
}
