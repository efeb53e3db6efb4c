import {toArray, field} from '../fields.ts';

/** The size of a prompt, as far as its reply tells it. */
export interface PromptSize {
  readonly promptTokens: number;
  readonly responseTokens: number;
  /** Length of the prompt as it was sent. */
  readonly characters: number;
  /** The context in tokens; undefined when nobody says. */
  readonly numCtx: number | undefined;
}

/** No prose of any language has more characters to a token on average. */
const MAX_CHARACTERS_PER_TOKEN = 8;

/** With `shift: false`, one token more is counted than there is room for. */
const COUNT_TOLERANCE = 2;

/** A context that nobody set is one of these, and a cut prompt fills it, or all of it but one token. */
const USUAL_CONTEXTS = [2048, 4096, 8192, 16_384, 32_768, 65_536, 131_072, 262_144];

/**
 * Returns whether Ollama cut a part of the prompt, as versions do that do not know `truncate: false`. A count that is
 * merely small says nothing: older versions leave out what their cache had.
 */
export function isPromptCut({promptTokens, responseTokens, characters, numCtx}: PromptSize): boolean {
  if (numCtx === undefined) return USUAL_CONTEXTS.some(size => promptTokens === size || promptTokens === size - 1);
  return (
    promptTokens >= numCtx - 1 ||
    // The context was shifted while the reply was written: its end was written without the prompt's beginning.
    promptTokens + responseTokens > numCtx + COUNT_TOLERANCE ||
    characters / MAX_CHARACTERS_PER_TOKEN > numCtx
  );
}

/** Returns the context that a loaded model really has, from `/api/ps`; undefined in versions that do not tell. */
export function loadedContext(answer: unknown, model: string): number | undefined {
  const loaded = toArray(field(answer, 'models')).find(entry =>
    [field(entry, 'name'), field(entry, 'model')].some(name => name === model || name === `${model}:latest`),
  );
  const length = field(loaded, 'context_length');
  return typeof length === 'number' && length > 0 ? length : undefined;
}
