import {deferred} from '../../core/deferred.ts';

/** Devices that one trial holds. */
export interface GpuLease {
  readonly ids: readonly string[];
  /** Idempotent. */
  release(): void;
}

interface Waiter {
  readonly count: number;
  readonly take: (slots: readonly number[]) => void;
}

export interface GpuSlotsOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Number of trials that run at once: one that runs alone and asks for nothing may use every device. */
  readonly maxParallel: number;
}

/** Devices of a trial, or why it has none: it sees whatever this process sees, the waiting was ended, or never. */
export type GpuAnswer = GpuLease | 'unrestricted' | 'aborted' | {readonly never: string};

/**
 * The GPUs of this process, given to its trials. One that asks for n has n of its own and waits for them, first come
 * first served: a fixed round robin would put two on one device while another idles. One that asks for none waits for a
 * slot where `MAC_GPU_IDS` or `RUN_STUDY_GPU_IDS` lists slots (an id twice: two trials on it); where only
 * `CUDA_VISIBLE_DEVICES` is known, it shares the device that has fewest trials.
 */
export class GpuSlots {
  readonly #slots: readonly string[];
  readonly #isListed: boolean;
  readonly #isParallel: boolean;
  readonly #busy: number[];
  readonly #waiting: Waiter[] = [];

  constructor({env, maxParallel}: GpuSlotsOptions) {
    const listed = parseIds(env['MAC_GPU_IDS']) ?? parseIds(env['RUN_STUDY_GPU_IDS']);
    this.#slots = listed ?? parseIds(env['CUDA_VISIBLE_DEVICES']) ?? [];
    this.#isListed = listed !== undefined;
    this.#isParallel = maxParallel > 1;
    this.#busy = this.#slots.map(() => 0);
  }

  /** Waits for devices for a trial that asks for `count`; `signal` ends the waiting. */
  async acquire(count: number, signal: AbortSignal): Promise<GpuAnswer> {
    const {length} = this.#slots;
    if (length === 0 || (count === 0 && !this.#isParallel)) return 'unrestricted';
    if (count > length) return {never: `it asks for ${count} GPUs, and ${length} are visible`};
    if (count === 0 && !this.#isListed) return this.#lend(this.#pickIdlest(1));
    const slots = await this.#wait(Math.max(1, count), signal);
    return slots === null ? 'aborted' : this.#lease(slots);
  }

  async #wait(count: number, signal: AbortSignal): Promise<readonly number[] | null> {
    if (signal.aborted) return null;
    const taken = deferred<readonly number[] | null>();
    const waiter: Waiter = {count, take: taken.resolve};
    const onAbort = (): void => {
      const at = this.#waiting.indexOf(waiter);
      if (at === -1) return;
      this.#waiting.splice(at, 1);
      taken.resolve(null);
      this.#serve();
    };
    signal.addEventListener('abort', onAbort, {once: true});
    this.#waiting.push(waiter);
    this.#serve();
    try {
      return await taken.promise;
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** Serves the first of the queue while there is enough: if small ones overtook, large ones would never begin. */
  #serve(): void {
    for (let [first] = this.#waiting; first; [first] = this.#waiting) {
      const idle = this.#busy.flatMap((users, slot) => (users === 0 ? [slot] : []));
      if (idle.length < first.count) return;
      this.#waiting.shift();
      const slots = idle.slice(0, first.count);
      this.#occupy(slots);
      first.take(slots);
    }
  }

  #pickIdlest(count: number): readonly number[] {
    const byUse = this.#busy.map((users, slot) => ({users, slot})).sort((a, b) => a.users - b.users);
    return byUse.slice(0, count).map(({slot}) => slot);
  }

  #lend(slots: readonly number[]): GpuLease {
    this.#occupy(slots);
    return this.#lease(slots);
  }

  #occupy(slots: readonly number[]): void {
    for (const slot of slots) this.#busy[slot] = (this.#busy[slot] ?? 0) + 1;
  }

  #lease(slots: readonly number[]): GpuLease {
    let isHeld = true;
    return {
      ids: slots.map(slot => this.#slots[slot] ?? ''),
      release: () => {
        if (!isHeld) return;
        isHeld = false;
        for (const slot of slots) this.#busy[slot] = (this.#busy[slot] ?? 1) - 1;
        this.#serve();
      },
    };
  }
}

function parseIds(text: string | undefined): readonly string[] | undefined {
  const ids = (text ?? '')
    .split(',')
    .map(id => id.trim())
    .filter(id => id !== '' && id !== '-1' && id !== 'NoDevFiles');
  return ids.length === 0 ? undefined : ids;
}
