import type {ChatFailure, ChatOutcome, ChatRequest} from '../backend/backend.ts';
import {describeFailure} from '../backend/failure.ts';
import type {Clock} from '../core/clock.ts';
import {AutoLimit} from '../schedule/auto-limit.ts';
import {Circuit} from '../schedule/circuit.ts';
import {AUTO_LIMIT, type ServedModel} from './served-model.ts';

export interface ModelGateOptions {
  readonly clock: Clock;
  /** Aborts calls in flight and ends the gate's own waiting. */
  readonly signal: AbortSignal;
  readonly inFlight: () => number;
  readonly onLimit: (limit: number) => void;
  /** Whether requests may be sent at all. */
  readonly onPaused: (isPaused: boolean) => void;
  /** The server is given up. */
  readonly onGone: (reason: string) => void;
  readonly onCrash: (error: unknown) => void;
}

const LOAD_INTERVAL_MS = 1_000;
const PROBE_INTERVAL_MS = 2_000;

/**
 * What stands between the scheduler and one server: its limit (fixed, or steered by the server's load) and its circuit. When a server stops
 * answering, requests are held back and a probe asks for it until it is back or given up.
 */
export class ModelGate {
  readonly model: ServedModel;
  readonly #options: ModelGateOptions;
  readonly #circuit = new Circuit();
  readonly #auto: AutoLimit | null;
  readonly #stopped = new AbortController();
  /** Ends the gate's waiting. */
  readonly #over: AbortSignal;
  /** In flight, the oldest first. */
  readonly #calls = new Set<{readonly sentMs: number}>();
  #isProbing = false;
  #goneBecause: string | null = null;
  #answered = 0;
  #refused = 0;
  #preemptions: number | null = null;

  constructor(model: ServedModel, options: ModelGateOptions) {
    this.model = model;
    this.#options = options;
    this.#over = AbortSignal.any([this.#stopped.signal, options.signal]);
    this.#auto =
      model.limit === 'auto' ? new AutoLimit({start: AUTO_LIMIT.start, min: 1, max: upperBound(model)}) : null;
  }

  get limit(): number {
    return this.#auto?.limit ?? (this.model.limit as number);
  }

  /** Why nothing comes from it at the moment, if so. */
  get trouble(): string | null {
    return this.#goneBecause ?? (this.#circuit.isFailing ? this.#circuit.reason(this.#now()) : null);
  }

  /** Why it was given up, if it was. */
  get goneBecause(): string | null {
    return this.#goneBecause;
  }

  start(): void {
    if (this.#auto) void this.#steer(this.#auto).catch(this.#options.onCrash);
  }

  stop(): void {
    this.#stopped.abort();
  }

  /** One call to the server; counts as in flight until it is over. */
  async send(request: ChatRequest): Promise<ChatOutcome> {
    const call = {sentMs: this.#now()};
    this.#calls.add(call);
    try {
      return await this.model.backend.complete(request, this.#options.signal);
    } finally {
      this.#calls.delete(call);
    }
  }

  onReply(): void {
    this.#answered++;
    this.#circuit.answered();
  }

  onFailure(failure: ChatFailure): void {
    const {reason} = failure;
    const message = describeFailure(failure);
    if (reason === 'unauthorized' || reason === 'model-missing' || reason === 'given-up') {
      this.#giveUp(message);
      return;
    }
    if (reason === 'rate-limited') this.#refused++;
    // A server that answers, even with "no" to this request, is alive.
    if (reason === 'refused' || reason === 'nonsense') return;
    const nowMs = this.#now();
    const [oldest] = this.#calls;
    const state = this.#circuit.failed({
      kind: reason === 'rate-limited' ? 'busy' : 'down',
      message,
      nowMs,
      oldestCallMs: oldest ? nowMs - oldest.sentMs : 0,
    });
    if (state === 'gone') this.#giveUp(this.#circuit.reason(this.#now()));
    else if (state === 'open') void this.#probe().catch(this.#options.onCrash);
  }

  /** Once; calls that were in flight fail afterwards, too. */
  #giveUp(reason: string): void {
    if (this.#goneBecause !== null) return;
    this.#goneBecause = reason;
    this.#options.onGone(reason);
  }

  #now(): number {
    return this.#options.clock.monotonic();
  }

  /** Asks for the server at intervals; nothing else is sent meanwhile. */
  async #probe(): Promise<void> {
    if (this.#isProbing) return;
    this.#isProbing = true;
    this.#options.onPaused(true);
    try {
      while (await this.#pause(PROBE_INTERVAL_MS)) {
        const failure = await this.model.backend.check(this.#stopped.signal);
        if (!failure) {
          this.#circuit.probed();
          this.#options.onPaused(false);
          return;
        }
        if (this.#circuit.failed({kind: 'down', message: describeFailure(failure), nowMs: this.#now()}) === 'gone') {
          this.#giveUp(this.#circuit.reason(this.#now()));
          return;
        }
      }
    } finally {
      this.#isProbing = false;
    }
  }

  async #steer(auto: AutoLimit): Promise<void> {
    while (await this.#pause(LOAD_INTERVAL_MS)) {
      const before = auto.limit;
      const inFlight = this.#options.inFlight();
      const load = (await this.model.backend.load?.(this.#stopped.signal)) ?? null;
      if (load) {
        const total = load.preemptionsTotal;
        const preemptions = total === null || this.#preemptions === null ? 0 : Math.max(0, total - this.#preemptions);
        this.#preemptions = total;
        const {running, waiting, kvCacheUse, kvCapacitySequences: kvCapacity} = load;
        auto.update({kind: 'server-load', running, waiting, kvCacheUse, preemptions, kvCapacity}, inFlight);
      } else {
        auto.update({kind: 'answers', answered: this.#answered, refused: this.#refused}, inFlight);
      }
      this.#answered = 0;
      this.#refused = 0;
      if (auto.limit !== before) this.#options.onLimit(auto.limit);
    }
  }

  /** @returns false when the gate was stopped meanwhile. */
  async #pause(ms: number): Promise<boolean> {
    try {
      await this.#options.clock.sleep(ms, this.#over);
      return true;
    } catch {
      return false;
    }
  }
}

function upperBound({definition}: ServedModel): number {
  const configured = definition.backend === 'vllm' ? definition.vllm_config?.max_num_seqs_upper_bound : undefined;
  return configured ?? AUTO_LIMIT.ceiling;
}
