import {roundHalfEven} from '../../core/rounding.ts';
import type {Message, TokenMetrics, TokenTotals} from '../../record/formats.ts';

/** Totals, averages (one decimal, half to even) and maxima of the tokens of messages. */
export function tokenMetrics(messages: readonly Pick<Message, 'message_metadata'>[]): TokenMetrics {
  const prompt = messages.map(({message_metadata: meta}) => meta.prompt_tokens);
  const response = messages.map(({message_metadata: meta}) => meta.response_tokens);
  return {
    total_messages: messages.length,
    prompt_tokens: totals(prompt),
    response_tokens: totals(response),
    combined_tokens: totals(prompt.map((tokens, i) => tokens + (response[i] ?? 0))),
  };
}

function totals(values: readonly number[]): TokenTotals {
  let total = 0;
  let max = 0;
  for (const value of values) {
    total += value;
    max = Math.max(max, value);
  }
  return {total, avg: values.length > 0 ? roundHalfEven(total / values.length, 1) : 0, max};
}
