import {Heap} from './heap.ts';

/** The parts of a request that decide its place in the queue. */
export interface SchedulableRequest {
  /** The server that answers it. */
  readonly model: string;
  /** Number of its conversation; earlier ones come first among equals. */
  readonly conversation: number;
  readonly round: number;
  /** Rounds that its conversation had completed when it became ready. */
  readonly completedRounds: number;
  readonly remainingRounds: number;
  /** True when it repeats a call that failed or whose answer could not be used. */
  readonly retry: boolean;
}

/**
 * `most-progressed`, the older system's priority: retries, then more completed rounds, then the earlier conversation,
 * then the lower round. Finishes conversations early, but leaves servers idle at the very end, when the last
 * conversations are finished one by one.
 *
 * `hybrid` (default): the same while many conversations are left; near the end, when fewer are left than a few times
 * the slots, the conversation with the most rounds to go comes first. That shortens the tail as much as if it had
 * always been so, without keeping every conversation open meanwhile (bench/simulate-makespan).
 */
export type SchedulingPolicy = 'hybrid' | 'most-progressed';

export interface SchedulerOptions {
  readonly policy?: SchedulingPolicy;
  /**
   * Like the older system, keep one queue for all models and consider its best request only: when the model of that one
   * is full, requests for other models wait too; equal requests come out as the heap happens to hold them. Only for
   * comparison with that system.
   */
  readonly headOfLineBlocking?: boolean;
}

export interface ModelCounts {
  readonly model: string;
  readonly limit: number;
  readonly inFlight: number;
  readonly ready: number;
  /** True when nothing is sent to it at the moment. */
  readonly paused: boolean;
}

/**
 * The end is near when fewer conversations are left than this many times the slots. In simulation 3 is the least that
 * reaches the makespan of "longest remaining first" from the start, for 1 to 8 agents, 2 to 10 rounds and latencies
 * with σ from 0.5 to 1.2; 2 falls short where one agent speaks at a time.
 */
const ENDGAME_SLOTS = 3;

/** One model's slots. */
interface Slots {
  limit: number;
  inFlight: number;
  ready: number;
  paused: boolean;
}

interface Queued<R> {
  readonly request: R;
  /** Order of arrival: equal requests are served first come, first served. */
  readonly arrival: number;
}

/**
 * Holds all requests of a process that are ready or in flight. (Those that wait for other agents of their round are
 * still with their conversations: their prompts do not exist yet.) There is one heap for each model, so that a full
 * model never holds up another. Pure: no clock, no promises.
 */
export class RequestScheduler<R extends SchedulableRequest> {
  readonly #policy: SchedulingPolicy;
  readonly #headOfLineBlocking: boolean;
  readonly #slots = new Map<string, Slots>();
  /** By model; with head-of-line blocking a single one for all. */
  readonly #heaps = new Map<string, Heap<Queued<R>>>();
  #arrivals = 0;
  #conversationsLeft = Infinity;
  #endgame = false;

  constructor(options: SchedulerOptions = {}) {
    this.#policy = options.policy ?? 'hybrid';
    this.#headOfLineBlocking = options.headOfLineBlocking ?? false;
  }

  /** @param limit most requests in flight; lowering it below their number only holds back new ones. */
  setLimit(model: string, limit: number): void {
    this.#ensureSlots(model).limit = limit;
    this.#enterEndgameIfNear();
  }

  /** @param count conversations that are not over, those not begun included: the hybrid policy needs it. */
  setConversationsLeft(count: number): void {
    this.#conversationsLeft = count;
    this.#enterEndgameIfNear();
  }

  /** Holds back the model's requests until `resume`. */
  pause(model: string): void {
    this.#ensureSlots(model).paused = true;
  }

  resume(model: string): void {
    this.#ensureSlots(model).paused = false;
  }

  /** Adds a request that may be sent. */
  ready(request: R): void {
    this.#arrivals++;
    this.#ensureSlots(request.model).ready++;
    this.#ensureHeap(request.model).push({request, arrival: this.#arrivals});
  }

  /** Takes the best request whose model has a free slot, and counts it in flight; undefined when there is none. */
  next(): R | undefined {
    const heap = this.#bestHeap();
    const head = heap?.peek()?.request;
    if (!heap || !head) return undefined;
    const slots = this.#ensureSlots(head.model);
    if (!hasFree(slots)) return undefined;
    heap.pop();
    slots.ready--;
    slots.inFlight++;
    return head;
  }

  /** Frees the slot of a request that was answered or failed. */
  settle(request: R): void {
    this.#ensureSlots(request.model).inFlight--;
  }

  /**
   * Removes a conversation's ready requests from the queue when it ended early; O(requests ready). Those in flight are
   * settled as usual. The older system does so, and its order among equal requests depends on it: only for comparison
   * with it. The dispatcher drops them when their turn comes.
   *
   * @returns what was removed.
   */
  dropConversation(conversation: number): R[] {
    const dropped = [...this.#heaps.values()]
      .flatMap(heap => heap.remove(({request}) => request.conversation === conversation))
      .map(({request}) => request);
    for (const {model} of dropped) this.#ensureSlots(model).ready--;
    return dropped;
  }

  counts(): {ready: number; models: ModelCounts[]} {
    const models = [...this.#slots.keys()].map(model => this.modelCounts(model));
    return {ready: models.reduce((sum, {ready}) => sum + ready, 0), models};
  }

  /** Returns the counts of one model, without listing all. */
  modelCounts(model: string): ModelCounts {
    return {model, ...this.#ensureSlots(model)};
  }

  /** Returns the first requests in the order in which they would start if slots were free, for display. */
  peek(count: number): R[] {
    const all = [...this.#heaps.values()].flatMap(heap => heap.items());
    return all
      .sort((a, b) => this.#compare(a, b))
      .slice(0, count)
      .map(({request}) => request);
  }

  /** Returns the heap whose first request goes next. */
  #bestHeap(): Heap<Queued<R>> | undefined {
    if (this.#headOfLineBlocking) return this.#heaps.get('');
    let best: {heap: Heap<Queued<R>>; head: Queued<R>} | undefined;
    for (const [model, heap] of this.#heaps) {
      const head = heap.peek();
      if (!head || !hasFree(this.#ensureSlots(model))) continue;
      if (!best || this.#compare(head, best.head) < 0) best = {heap, head};
    }
    return best?.heap;
  }

  #compare(a: Queued<R>, b: Queued<R>): number {
    const order = comparePriority(a.request, b.request, this.#endgame);
    return order !== 0 || this.#headOfLineBlocking ? order : a.arrival - b.arrival;
  }

  /** Turns the order once and for all near the end: the conversations left only become fewer. */
  #enterEndgameIfNear(): void {
    if (this.#policy !== 'hybrid' || this.#endgame) return;
    let total = 0;
    for (const {limit} of this.#slots.values()) total += limit;
    if (total === 0 || this.#conversationsLeft > ENDGAME_SLOTS * total) return;
    this.#endgame = true;
    for (const heap of this.#heaps.values()) heap.rebuild();
  }

  #ensureSlots(model: string): Slots {
    let slots = this.#slots.get(model);
    if (!slots) {
      slots = {limit: 0, inFlight: 0, ready: 0, paused: false};
      this.#slots.set(model, slots);
    }
    return slots;
  }

  #ensureHeap(model: string): Heap<Queued<R>> {
    const key = this.#headOfLineBlocking ? '' : model;
    let heap = this.#heaps.get(key);
    if (!heap) {
      heap = new Heap((a, b) => this.#compare(a, b));
      this.#heaps.set(key, heap);
    }
    return heap;
  }
}

function hasFree({inFlight, limit, paused}: Slots): boolean {
  return !paused && inFlight < limit;
}

/** Compares two requests; negative when `a` comes first. */
function comparePriority(a: SchedulableRequest, b: SchedulableRequest, endgame: boolean): number {
  if (a.retry !== b.retry) return a.retry ? -1 : 1;
  const progress = endgame ? b.remainingRounds - a.remainingRounds : b.completedRounds - a.completedRounds;
  return progress || a.conversation - b.conversation || a.round - b.round;
}
