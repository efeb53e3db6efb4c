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
 * `most-progressed`: the older system's priority: retries, then more completed rounds, then earlier conversation, then
 * lower round. Finishes conversations early, but leaves servers idle at the very end, when the last conversations are
 * walked through one by one.
 *
 * `hybrid` (default): the same while many conversations are left; near the end, when fewer are left than a few times
 * the slots, the conversation with the most rounds to go comes first, which shortens the tail as much as if it had
 * always been so, without keeping every conversation open meanwhile (bench/simulate-makespan).
 */
export type SchedulingPolicy = 'hybrid' | 'most-progressed';

export interface SchedulerOptions {
  readonly policy?: SchedulingPolicy;
  /**
   * The older system keeps one queue for all models and looks at its best request only: when that one's model is full,
   * requests for other models wait too; equal requests come out as its heap happens to hold them. Only for comparison
   * with it.
   */
  readonly headOfLineBlocking?: boolean;
}

export interface ModelCounts {
  readonly model: string;
  readonly limit: number;
  readonly inFlight: number;
  readonly ready: number;
  /** Nothing is sent to it at the moment. */
  readonly paused: boolean;
}

/**
 * Fewer conversations than this many times the slots left: the end is near. In simulation 3 is the least that reaches
 * the makespan of "longest remaining first" from the start, for 1 to 8 agents, 2 to 10 rounds and latencies with σ from
 * 0.5 to 1.2; 2 falls short where one agent speaks at a time.
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
  /** Order of arrival: equals are served first come, first served. */
  readonly arrival: number;
}

/**
 * The ready pool and the pool in flight of all requests of a process. (The third pool, requests that wait for other
 * agents of their round, is the conversations' own: their prompts do not exist yet.) One heap a model, so that a full
 * model never holds up another. Pure: no clock, no promises.
 */
export class RequestScheduler<R extends SchedulableRequest> {
  readonly #policy: SchedulingPolicy;
  readonly #headOfLineBlocking: boolean;
  readonly #slots = new Map<string, Slots>();
  /** By model; under head-of-line blocking a single one for all. */
  readonly #heaps = new Map<string, Heap<Queued<R>>>();
  #arrivals = 0;
  #conversationsLeft = Infinity;
  #endgame = false;

  constructor(options: SchedulerOptions = {}) {
    this.#policy = options.policy ?? 'hybrid';
    this.#headOfLineBlocking = options.headOfLineBlocking ?? false;
  }

  /**
   * @param limit requests that the model may have in flight; lowering it below what is in flight only holds back new
   * ones.
   */
  setLimit(model: string, limit: number): void {
    this.#ensureSlots(model).limit = limit;
    this.#enterEndgameIfNear();
  }

  /** Conversations that are not over yet, those not begun included; tells the hybrid policy when the end is near. */
  setConversationsLeft(count: number): void {
    this.#conversationsLeft = count;
    this.#enterEndgameIfNear();
  }

  /** Nothing is sent to the model until `resume`. */
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

  /** The best request whose model has a free slot, now counted in flight; undefined when there is none. */
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

  /** The request's answer is there (or it failed): its slot is free. */
  settle(request: R): void {
    this.#ensureSlots(request.model).inFlight--;
  }

  /**
   * Takes a conversation's ready requests out of the queue, because it ended early; O(requests ready). What it has in
   * flight is settled as usual. The older system does so, and its order among equal requests depends on it: only for
   * comparison with it. Ours lets go of them when their turn comes.
   *
   * @returns what was taken out.
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

  /** Counts of one model, without listing all. */
  modelCounts(model: string): ModelCounts {
    return {model, ...this.#ensureSlots(model)};
  }

  /** The first requests in the order in which they would start, whatever their models' slots. For display. */
  peek(count: number): R[] {
    const all = [...this.#heaps.values()].flatMap(heap => heap.items());
    return all
      .sort((a, b) => this.#compare(a, b))
      .slice(0, count)
      .map(({request}) => request);
  }

  /** The one whose first request goes next. */
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

  /** The order turns once and for all: conversations left only become fewer. */
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

/** Negative when `a` comes first. */
function comparePriority(a: SchedulableRequest, b: SchedulableRequest, endgame: boolean): number {
  if (a.retry !== b.retry) return a.retry ? -1 : 1;
  const progress = endgame ? b.remainingRounds - a.remainingRounds : b.completedRounds - a.completedRounds;
  return progress || a.conversation - b.conversation || a.round - b.round;
}
