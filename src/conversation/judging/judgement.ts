import type {FailedOutcome} from '../../core/conversation-outcome.ts';
import type {ReplyEnding} from '../../core/reply-ending.ts';
import type {AgentDefinition, TaskConfig} from '../../core/task-config.ts';
import type {Question} from '../../questions/question.ts';
import type {AnswerMatchInfo, RecordedError, StructuredResponse} from '../../record/formats.ts';

/** A model's reply, as far as a conversation looks at it. */
export interface Reply {
  readonly text: string;
  readonly ending: ReplyEnding;
  readonly reasoningText?: string;
  readonly refusal?: string;
  readonly promptTokens: number;
  readonly responseTokens: number;
  readonly finishReason: string | null;
  readonly latencyMs: number;
  readonly servedModel: string | null;
  readonly sent: Readonly<Record<string, unknown>>;
  readonly reasoningTokens?: number;
  /** The backend that answered. */
  readonly backendKind: string;
}

/** Findings about a reply, accepted or not. */
interface Found {
  /** The model's thoughts, sent apart from the text or inside it. */
  readonly thoughts?: string;
}

/** A reply that is not usable. */
export interface Rejected extends Found {
  /** `retry`: ask again; `fatal`: asking again is useless or would hide a finding, so the conversation ends here. */
  readonly kind: 'retry' | 'fatal';
  /** The way the conversation ends when it is not asked again. */
  readonly outcome: FailedOutcome;
  readonly error: RecordedError;
}

/** A reply that becomes a message. */
export interface Accepted extends Found {
  readonly kind: 'accepted';
  readonly response: StructuredResponse;
  readonly matchedText: string | null;
  readonly matchInfo: (() => AnswerMatchInfo) | null;
  readonly repaired: boolean;
  /** Its rationale is the prompt's placeholder (`retry_on_placeholder: false`). */
  readonly isPlaceholder?: boolean;
  /** Thinking was switched off, and the server put the answer where thoughts belong. */
  readonly isFromReasoning?: boolean;
}

export type Judgement = Accepted | Rejected;

/** The facts by which a reply is judged. */
export interface JudgeContext {
  readonly agent: AgentDefinition;
  readonly question: Question;
  readonly config: TaskConfig;
  readonly attempt: number;
}
