import type {ReplyEnding} from '../../core/reply-ending.ts';

/** The facts from which a reply's ending is told. */
export interface Finish {
  /** The server's own word. */
  readonly reason: string | null;
  readonly text: string;
  /** Tokens of the reply, thoughts included; 0 where the server counts none. */
  readonly generated: number;
  /** The limit that was sent, if any. */
  readonly maxTokens: number | undefined;
}

/**
 * Servers' words for one end, whatever their case: OpenAI, vLLM, SGLang, TGI, llama.cpp, Ollama, Anthropic, Google,
 * Mistral, Cohere, DeepSeek, Bedrock, Zhipu.
 */
const WORDS: readonly (readonly [ReplyEnding, RegExp])[] = [
  ['complete', /^(?:stop|eos|eos_token|stop_sequence|stop_token|end_turn|end|complete|completed|done|finished)$/],
  ['complete', /^(?:tool_calls?|tool_use|function_call)$/],
  ['max-tokens', /^(?:length|max_tokens|max_output_tokens|max_completion_tokens|max_new_tokens|token_limit)$/],
  [
    'context-full',
    /^(?:model_length|model_context_window_exceeded|context_length(?:_exceeded)?|context_window|error_limit)$/,
  ],
  [
    'filtered',
    /^(?:content[_-]?filter|content_filtered|safety|recitation|blocklist|prohibited_content|spii|language|image_safety|sensitive|moderation|guardrail|error_toxic)/,
  ],
  ['refused', /^refus(?:al|ed)$/],
  [
    'interrupted',
    /^(?:abort(?:ed)?|cancel(?:led|ed)?|user_cancel|error|timeout|interrupted|network_error|other|load|unload|pause_turn|repetition)$/,
  ],
  [
    'interrupted',
    /^(?:insufficient_system_resource|engine_overloaded|malformed_function_call|malformed_response|finish_reason_unspecified)$/,
  ],
];

/** A server counts the token that ends a reply, or not. */
const COUNT_TOLERANCE = 2;

/** Tells how a reply ended. */
export function classifyEnding(finish: Finish): ReplyEnding {
  const word =
    finish.reason
      ?.trim()
      .toLowerCase()
      .replace(/^finish_?reason[._:]/, '') ?? '';
  const ending = WORDS.find(([, words]) => words.test(word))?.[0];
  if (ending === undefined) return endsLikeAnAnswer(finish.text) ? 'complete' : 'interrupted';
  return ending === 'max-tokens' && isBelowLimit(finish) ? 'context-full' : ending;
}

/** Returns whether a cut reply is below its limit: then the context cut it. */
function isBelowLimit({generated, maxTokens}: Finish): boolean {
  return maxTokens !== undefined && generated > 0 && generated < maxTokens - COUNT_TOLERANCE;
}

/** Judges a reply without a known finish reason: every answer that we ask for ends with a brace or a fence. */
function endsLikeAnAnswer(text: string): boolean {
  return /[}\]`]\s*$/.test(text);
}
