import {Heap} from './heap.ts';

/** A request as far as its turn in the queue is concerned. */
export interface SchedulableRequest {
  /** The server that answers it. */
  readonly model: string;
  /** Number of its conversation; earlier ones come first among equals. */
  readonly conversation: number;
  readonly round: number;
  /** Of its conversation, when it became ready. */
  readonly completedRounds: number;
  readonly remainingRounds: number;
  /** Repeats a call whose answer was not usable. */
  readonly retry: boolean;
}

/**
 * `most-progressed`: the older system's priority: retries, then more completed rounds, then earlier conversation, then lower round. Finishes
 * conversations early, but leaves servers idle at the very end, when the last conversations are walked through one by one.
 *
 * `hybrid` (default): the same while many conversations are left; near the end, when fewer are left than a few times the slots, the conversation with
 * the most rounds to go comes first, which shortens the tail (makespan ÷ bound 1.07 against 1.12 at 2,000 conversations; bench/simulate-makespan).
 */
export type SchedulingPolicy = 'hybrid' | 'most-progressed';

export interface SchedulerOptions {
  readonly policy?: SchedulingPolicy;
  /**
   * The older system looks at the best request only: when its model is full, requests for other models wait too. Only for comparison with it.
   */
  readonly headOfLineBlocking?: boolean;
}

export interface ModelCounts {
  readonly model: string;
  readonly limit: number;
  readonly inFlight: number;
  readonly ready: number;
}

/** Fewer conversations than this many times the slots left: the end is near. */
const ENDGAME_SLOTS = 4;

interface Queue<R> {
  readonly heap: Heap<Queued<R>>;
  limit: number;
  inFlight: number;
  paused: boolean;
}

interface Queued<R> {
  readonly request: R;
  /** Order of arrival: equals are served first come, first served. */
  readonly arrival: number;
}

/**
 * The ready pool and the pool in flight of all requests of a process. (The third pool, requests that wait for other agents of their round, is the
 * conversations' own: their prompts do not exist yet.) One heap a model, so that a full model never holds up another. Pure: no clock, no promises.
 */
export class RequestScheduler<R extends SchedulableRequest> {
  readonly #policy: SchedulingPolicy;
  readonly #headOfLineBlocking: boolean;
  readonly #queues = new Map<string, Queue<R>>();
  #arrivals = 0;
  #conversationsLeft = Infinity;
  #endgame = false;

  constructor(options: SchedulerOptions = {}) {
    this.#policy = options.policy ?? 'hybrid';
    this.#headOfLineBlocking = options.headOfLineBlocking ?? false;
  }

  /** @param limit requests that the model may have in flight; lowering it below what is in flight only holds back new ones. */
  setLimit(model: string, limit: number): void {
    this.#queue(model).limit = limit;
    this.#enterEndgameIfNear();
  }

  /** Conversations that are not over yet, those not begun included; tells the hybrid policy when the end is near. */
  setConversationsLeft(count: number): void {
    this.#conversationsLeft = count;
    this.#enterEndgameIfNear();
  }

  /** Nothing is sent to the model until `resume`. */
  pause(model: string): void {
    this.#queue(model).paused = true;
  }

  resume(model: string): void {
    this.#queue(model).paused = false;
  }

  /** Adds a request that may be sent. */
  ready(request: R): void {
    this.#arrivals++;
    this.#queue(request.model).heap.push({request, arrival: this.#arrivals});
  }

  /** The best request whose model has a free slot, now counted in flight; undefined when there is none. */
  next(): R | undefined {
    const queue = this.#headOfLineBlocking ? this.#bestQueue(() => true) : this.#bestQueue(hasSlot);
    if (!queue || !hasSlot(queue)) return undefined;
    const request = queue.heap.pop()?.request;
    if (request) queue.inFlight++;
    return request;
  }

  /** The request's answer is there (or it failed): its slot is free. */
  settle(request: R): void {
    this.#queue(request.model).inFlight--;
  }

  counts(): {ready: number; models: ModelCounts[]} {
    const models = [...this.#queues].map(([model, {limit, inFlight, heap}]) => ({
      model,
      limit,
      inFlight,
      ready: heap.size,
    }));
    return {ready: models.reduce((sum, {ready}) => sum + ready, 0), models};
  }

  /** Counts of one model, without listing all. */
  modelCounts(model: string): ModelCounts {
    const {limit, inFlight, heap} = this.#queue(model);
    return {model, limit, inFlight, ready: heap.size};
  }

  /** The first requests in the order in which they would start, whatever their models' slots. For display. */
  peek(count: number): R[] {
    const all = [...this.#queues.values()].flatMap(({heap}) => heap.items());
    return all
      .sort((a, b) => this.#compare(a, b))
      .slice(0, count)
      .map(({request}) => request);
  }

  #bestQueue(eligible: (queue: Queue<R>) => boolean): Queue<R> | undefined {
    let best: Queue<R> | undefined;
    for (const queue of this.#queues.values()) {
      if (!eligible(queue)) continue;
      const head = queue.heap.peek();
      if (!head) continue;
      const bestHead = best?.heap.peek();
      if (!bestHead || this.#compare(head, bestHead) < 0) best = queue;
    }
    return best;
  }

  #compare(a: Queued<R>, b: Queued<R>): number {
    return comparePriority(a.request, b.request, this.#endgame) || a.arrival - b.arrival;
  }

  /** The order turns once and for all: conversations left only become fewer. */
  #enterEndgameIfNear(): void {
    if (this.#policy !== 'hybrid' || this.#endgame) return;
    let slots = 0;
    for (const {limit} of this.#queues.values()) slots += limit;
    if (slots === 0 || this.#conversationsLeft > ENDGAME_SLOTS * slots) return;
    this.#endgame = true;
    for (const {heap} of this.#queues.values()) heap.rebuild();
  }

  #queue(model: string): Queue<R> {
    let queue = this.#queues.get(model);
    if (!queue) {
      queue = {heap: new Heap((a, b) => this.#compare(a, b)), limit: 0, inFlight: 0, paused: false};
      this.#queues.set(model, queue);
    }
    return queue;
  }
}

function hasSlot(queue: {readonly inFlight: number; readonly limit: number; readonly paused: boolean}): boolean {
  return !queue.paused && queue.inFlight < queue.limit;
}

/** Negative when `a` comes first. */
function comparePriority(a: SchedulableRequest, b: SchedulableRequest, endgame: boolean): number {
  if (a.retry !== b.retry) return a.retry ? -1 : 1;
  const progress = endgame ? b.remainingRounds - a.remainingRounds : b.completedRounds - a.completedRounds;
  return progress || a.conversation - b.conversation || a.round - b.round;
}
