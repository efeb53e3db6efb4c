import type {Clock} from '../core/clock.ts';
import type {ReplyEnding} from '../core/reply-ending.ts';
import type {RecordedError} from '../record/formats.ts';

/** Sampling options of one agent; absent means: let the server decide. */
export interface Sampling {
  readonly temperature: number;
  readonly max_tokens: number;
  readonly top_p?: number;
  readonly top_k?: number;
  readonly min_p?: number;
  readonly presence_penalty?: number;
  readonly enable_thinking?: boolean;
  readonly seed?: number;
}

/** One call: an agent speaks once. Pure data; the backend turns it into its own wire form. */
export interface ChatRequest {
  /**
   * `{job_task_id}/{transcript_id}/{agent}/{round}/{attempt}.{call}`: sent as the X-Request-Id header, so that server
   * logs can be joined with ours. Calls are repeated when the server failed, attempts when the answer was not usable;
   * both count from 0.
   */
  readonly requestId: string;
  readonly system: string;
  /** The participant prompt, without the JSON reminder that chat backends append themselves. */
  readonly user: string;
  readonly sampling: Sampling;
  /** Present when the answer's shape is to be enforced by the server (`structured_output: json_schema`). */
  readonly answerSchema?: Readonly<Record<string, unknown>>;
  /**
   * Under `compatibility: reference`: the request is the older system's, and its reply is read as that system read it.
   */
  readonly reference?: true;
  /** Lets the simulated model answer sensibly. Real backends never send it anywhere. */
  readonly simulation?: SimulationContext;
}

/** Facts that the simulated model may look at besides the prompt. */
export interface SimulationContext {
  readonly questionId: string;
  readonly agentId: string;
  /** The task's seed, so that repetitions differ and re-runs do not. */
  readonly seed: string;
  readonly correctText: string | null;
  /** The option that a stereotype suggests, where the data say so. */
  readonly stereotypedText: string | null;
}

export interface ChatReply {
  readonly kind: 'reply';
  readonly text: string;
  readonly finishReason: string | null;
  readonly ending: ReplyEnding;
  /** Thoughts that came apart from the text; thoughts inside the text are the conversation's to find. */
  readonly reasoningText?: string;
  /** The model's declared refusal (`message.refusal`, a refusal part); its text may be empty. */
  readonly refusal?: string;
  readonly promptTokens: number;
  readonly responseTokens: number;
  readonly reasoningTokens?: number;
  readonly latencyMs: number;
  readonly servedModel: string | null;
  /**
   * All that was sent besides the prompt, for the record; `text_repaired` where lone surrogates in the prompt or the
   * reply were replaced.
   */
  readonly sent: Readonly<Record<string, unknown>>;
}

export type FailureReason =
  | 'unreachable' // refused, reset, DNS: the server may be gone
  | 'timeout'
  | 'rate-limited' // 429
  | 'overloaded' // 408, 409, 5xx: the server lives but could not answer
  | 'engine-dead' // the server says its engine died: only another start of it helps
  | 'loading' // 503 while the model is being loaded: a sign of life, worth waiting for
  | 'refused' // 4xx: the request itself is wrong; retrying is useless
  | 'filtered' // this prompt was stopped by a content filter or moderation; others will be answered
  | 'context-full' // this prompt is longer than the context
  | 'unauthorized' // 401, a 403 about the key or a permission, or nothing left to pay with
  | 'model-missing' // 404 for the model
  | 'nonsense' // 200 with something that is not a chat completion, or an endless body
  | 'given-up' // a server of ours that died or hung too often: nothing will answer any more
  | 'aborted'; // we cancelled it

export interface ChatFailure {
  readonly kind: 'failure';
  readonly reason: FailureReason;
  readonly retryable: boolean;
  /**
   * No later call of this model will be answered either, whatever others got: a key that is not accepted, an empty
   * account.
   */
  readonly isFinalForModel?: boolean;
  /** Wait that the server asked for (Retry-After). */
  readonly retryAfterMs?: number;
  /** Advice to the user: a sentence for messages, not for records. Never holds a key. */
  readonly hint?: string;
  /** As it goes into records; its class and code are the older system's (`API_REQUEST_ERROR`, …). Never holds a key. */
  readonly error: RecordedError;
}

export type ChatOutcome = ChatReply | ChatFailure;

/** The server's own view of its load, where it offers one (vLLM's /metrics). */
export interface ServerLoad {
  readonly running: number;
  readonly waiting: number;
  /** 0…1 */
  readonly kvCacheUse: number | null;
  readonly preemptionsTotal: number | null;
  /** Sequences that surely fit: blocks × block size ÷ max model length. */
  readonly kvCapacitySequences: number | null;
}

/**
 * One served model. Makes one HTTP call per `complete` (retries, limits and circuits live above it), more only where
 * the server named what of its form it does not take, and never throws for what a server did.
 */
export interface Backend {
  /** `vllm`, `openai`, `ollama`, `anthropic` or `simulated`. */
  readonly kind: string;
  complete(request: ChatRequest, signal: AbortSignal): Promise<ChatOutcome>;
  /**
   * Checks before the first request that the server answers and has the model. Resolves to null when all is well, else
   * to the failure with a message that says what to do.
   */
  check(signal: AbortSignal): Promise<ChatFailure | null>;
  /** Absent where the server offers no such thing. */
  load?(signal: AbortSignal): Promise<ServerLoad | null>;
  /** Closes pooled connections. Idempotent. */
  close(): Promise<void>;
}

/**
 * Is told, once each: `warning`, what changes results (a field that is not sent any more, a prompt that was cut);
 * `news`, what is good to know.
 */
export type OnNotice = (text: string, kind: 'warning' | 'news') => void;

/** Options that every backend is made with. */
export interface BackendOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  /** Most requests that will be in flight at once. */
  readonly connections: number;
  readonly onNotice?: OnNotice;
}
