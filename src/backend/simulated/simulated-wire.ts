import {count, field, textOrNull, toArray} from '../fields.ts';
import {readMessage} from '../reply/message-parts.ts';
import type {SimulatedReply} from './simulated-model.ts';

/** The part of a chat completion request that the simulated server reads. */
export interface CompletionRequest {
  readonly model: string;
  readonly system: string;
  readonly user: string;
  /** undefined: as many as fit. */
  readonly maxTokens: number | undefined;
  readonly seed: string;
  /** A JSON Schema, or plain JSON, is enforced. */
  readonly isShapeEnforced: boolean;
}

/** Reads a request's body. @returns a sentence that says what is wrong where it cannot be answered. */
export function readCompletionRequest(text: string): CompletionRequest | string {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return 'the body is not JSON';
  }
  if (body === null || typeof body !== 'object') return 'the body is not a JSON object';
  const model = textOrNull(field(body, 'model'));
  const messages = toArray(field(body, 'messages'));
  const seed = field(body, 'seed');
  const format = field(body, 'response_format');
  if (model === null) return 'model: expected a text';
  if (field(body, 'stream') === true) return 'stream: the simulated server does not stream';
  if (messages.length === 0) return 'messages: expected a list that is not empty';
  const findText = (role: string): string => readMessage(messages.findLast(each => field(each, 'role') === role)).text;
  return {
    model,
    system: findText('system'),
    user: findText('user'),
    maxTokens: count(field(body, 'max_tokens')) || count(field(body, 'max_completion_tokens')) || undefined,
    seed: typeof seed === 'number' ? String(seed) : '',
    isShapeEnforced: typeof format === 'object' && format !== null && field(format, 'type') !== 'text',
  };
}

/** Renders a chat completion as OpenAI and vLLM write it; the model's name says `simulated`. */
export function renderCompletion(
  model: string,
  requestId: string,
  reply: Extract<SimulatedReply, {kind: 'reply'}>,
  createdAtMs: number,
): string {
  const {text, truncated, promptTokens, responseTokens} = reply;
  return JSON.stringify({
    id: requestId === '' ? 'chatcmpl-simulated' : `chatcmpl-${requestId}`,
    object: 'chat.completion',
    created: Math.floor(createdAtMs / 1000),
    model: `simulated/${model}`,
    choices: [{index: 0, message: {role: 'assistant', content: text}, finish_reason: truncated ? 'length' : 'stop'}],
    usage: {
      prompt_tokens: promptTokens,
      completion_tokens: responseTokens,
      total_tokens: promptTokens + responseTokens,
    },
  });
}

/** The server's counters. */
export interface SimulatedCounters {
  readonly running: number;
  readonly waiting: number;
  /** Tokens of running sequences: prompts and the replies being written. */
  readonly tokensInCache: number;
  readonly promptTokens: number;
  readonly responseTokens: number;
  readonly finished: number;
  /** Sum of the time that finished sequences held a slot. */
  readonly serviceMs: number;
}

const BLOCK_TOKENS = 16;

/** Renders Prometheus text under vLLM's names. The cache holds `slots` sequences of full length: none is preempted. */
export function renderMetrics(
  counters: SimulatedCounters,
  {model, slots, maxModelLen}: {readonly model: string; readonly slots: number; readonly maxModelLen: number},
): string {
  const blocks = Math.ceil((slots * maxModelLen) / BLOCK_TOKENS);
  const label = `{engine="0",model_name=${JSON.stringify(model)}}`;
  const values: [name: string, kind: 'gauge' | 'counter', value: number][] = [
    ['num_requests_running', 'gauge', counters.running],
    ['num_requests_waiting', 'gauge', counters.waiting],
    ['kv_cache_usage_perc', 'gauge', counters.tokensInCache / (blocks * BLOCK_TOKENS)],
    ['num_preemptions_total', 'counter', 0],
    ['prompt_tokens_total', 'counter', counters.promptTokens],
    ['generation_tokens_total', 'counter', counters.responseTokens],
    ['request_success_total', 'counter', counters.finished],
    ['request_inference_time_seconds_sum', 'counter', counters.serviceMs / 1000],
    ['request_inference_time_seconds_count', 'counter', counters.finished],
  ];
  const lines = values.flatMap(([name, kind, value]) => [
    `# TYPE vllm:${name} ${kind}`,
    `vllm:${name}${label} ${value}`,
  ]);
  const cache = `{block_size="${BLOCK_TOKENS}",num_gpu_blocks="${blocks}"}`;
  return `${[...lines, '# TYPE vllm:cache_config_info gauge', `vllm:cache_config_info${cache} 1`].join('\n')}\n`;
}
