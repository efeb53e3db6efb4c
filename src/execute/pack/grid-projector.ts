import type {Clock} from '../../core/clock.ts';
import type {Random} from '../../core/seeds/random.ts';
import {gridManifestBytes} from '../../record/grid/grid-manifest.ts';
import type {Layout} from '../../record/layout.ts';
import {listChanges} from '../../record/task/task-changes.ts';
import {projectGridManifest} from '../../record/grid/project-manifest.ts';

/**
 * Time for which changes gather. All executors of a grid wait equally long, and the first to project takes in what the
 * others noted: so however many they are, the manifest is rewritten about once in this time.
 */
const BATCH_WINDOW_MS = 2_000;
/** Largest share of a process's time for projections, so that large grids do not spend theirs on manifests. */
const WORK_SHARE = 0.05;
/** An executor that ends waits before it projects, longer for large manifests: others may end at the same time. */
const SETTLE_MS_PER_MB = 100;
const MAX_SETTLE_MS = 2_000;
/** Pauses while another process projects; each is twice as long as the one before. */
const PAUSE_MS = 40;
const MAX_PAUSE_MS = 1_000;
/** Time after which an executor ends and leaves its notes to whoever projects next. */
const PATIENCE_MS = 40_000;

export interface TouchedTask {
  readonly gridId: string | null;
  readonly index: number | null;
}

/**
 * Keeps grid manifests up to date: folds changed task records into them soon, but not continuously, and not in every
 * executor of a grid.
 */
export class GridProjector {
  readonly #layout: Layout;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #onError: (error: unknown) => void;
  /** Grid runs with changes that may not be in their manifests, with this process's tasks that changed. */
  #touched = new Map<string, Set<number>>();
  #running: Promise<void> | null = null;
  #timer: NodeJS.Timeout | null = null;
  #notBeforeMs = 0;
  #closed = false;

  constructor(options: {layout: Layout; clock: Clock; random: Random; onError: (error: unknown) => void}) {
    this.#layout = options.layout;
    this.#clock = options.clock;
    this.#random = options.random;
    this.#onError = options.onError;
  }

  /** Notes that the record of a task changed. */
  touch({gridId, index}: TouchedTask): void {
    if (gridId === null || index === null) return;
    const tasks = this.#touched.get(gridId);
    if (tasks) tasks.add(index);
    else this.#touched.set(gridId, new Set([index]));
    this.#startTimer();
  }

  /**
   * Resolves when the manifests have all changes, or another process is about to write them.
   *
   * @throws UserError `cannot-write`.
   */
  async flush(): Promise<void> {
    this.#closed = true;
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    await this.#running;
    for (const [gridId, tasks] of this.#touched) await this.#settle(gridId, tasks);
  }

  #startTimer(): void {
    if (this.#timer || this.#running || this.#closed) return;
    const waitMs = Math.max(BATCH_WINDOW_MS, this.#notBeforeMs - this.#clock.monotonic());
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#running = this.#project()
        .catch(this.#onError)
        .finally(() => {
          this.#running = null;
          if (this.#touched.size > 0) this.#startTimer();
        });
    }, waitMs);
  }

  async #project(): Promise<void> {
    const touched = this.#touched;
    this.#touched = new Map();
    const startMs = this.#clock.monotonic();
    for (const [gridId, tasks] of touched) {
      // The manifest may not have these yet: project it again next time.
      if ((await projectGridManifest(this.#layout, gridId)) === 'current') continue;
      for (const index of tasks) this.touch({gridId, index});
    }
    const nowMs = this.#clock.monotonic();
    this.#notBeforeMs = nowMs + (nowMs - startMs) / WORK_SHARE;
  }

  async #settle(gridId: string, tasks: ReadonlySet<number>): Promise<void> {
    const bytes = await gridManifestBytes(this.#layout, gridId);
    const settleMs = Math.min(MAX_SETTLE_MS, (bytes / 1e6) * SETTLE_MS_PER_MB);
    // For a small grid the few milliseconds make no difference.
    if (settleMs > 10) await this.#clock.sleep(settleMs);
    const endMs = this.#clock.monotonic() + PATIENCE_MS;
    for (let pauseMs = PAUSE_MS; this.#clock.monotonic() < endMs; pauseMs = Math.min(2 * pauseMs, MAX_PAUSE_MS)) {
      const isPending = (await listChanges(this.#layout, gridId)).some(({taskId}) => tasks.has(taskId));
      if (!isPending || (await projectGridManifest(this.#layout, gridId)) === 'current') return;
      await this.#clock.sleep(pauseMs * (0.5 + this.#random()));
    }
  }
}
