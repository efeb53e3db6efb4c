import type {Question} from './question.ts';

/** Estimates the tokens of a text: about four characters each in English, about one and a half in other scripts. */
export function estimateTokens(text: string): number {
  const other = text.match(/[^\x00-\x7f]/g)?.length ?? 0;
  return Math.ceil((text.length - other) / 4 + other / 1.5);
}

/**
 * Estimates the tokens of a question in a prompt, which has the choices twice: as a list, and as what may be answered.
 */
export function questionTokens({context, question, choices}: Question): number {
  const texts = choices.map(({text}) => estimateTokens(text) + 6);
  return estimateTokens(context ?? '') + estimateTokens(question) + 2 * texts.reduce((sum, tokens) => sum + tokens, 0);
}
