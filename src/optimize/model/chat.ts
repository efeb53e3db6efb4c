/** Tokens that models have used. */
export interface Tokens {
  readonly prompt: number;
  readonly completion: number;
  readonly total: number;
}

export const NO_TOKENS: Tokens = {prompt: 0, completion: 0, total: 0};

/** Returns how many tokens two counts are together. */
export function addTokens(a: Tokens, b: Omit<Tokens, 'total'>): Tokens {
  const [prompt, completion] = [a.prompt + b.prompt, a.completion + b.completion];
  return {prompt, completion, total: prompt + completion};
}

export interface ChatQuestion {
  readonly system: string;
  readonly user: string;
  /** Tells requests of one job apart, e.g. `proposal/3`; their seeds follow from it. */
  readonly name: string;
  readonly maxTokens?: number;
  readonly signal: AbortSignal;
}

export interface ChatAnswer {
  readonly text: string;
  readonly tokens: Tokens;
}

/** A model that answers questions. @throws ChatError when it does not. */
export interface Chat {
  ask(question: ChatQuestion): Promise<ChatAnswer>;
  /** Sum of all answers so far. */
  readonly used: Tokens;
  close(): Promise<void>;
}

/** A model that cannot be asked: its server is away, refuses the request, or keeps failing. */
export class ChatError extends Error {
  override readonly name = 'ChatError';
}
