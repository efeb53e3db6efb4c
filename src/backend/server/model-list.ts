import {toArray, field} from '../fields.ts';

/** What a server says of a model that it serves. */
export interface ListedModel {
  readonly id: string;
  /** Tokens; vLLM tells it. */
  readonly maxModelLen: number | undefined;
}

/** The body of `/v1/models`, or null when it is none. Ollama's compatible endpoint lists null instead of nothing. */
export function parseModelList(text: string): ListedModel[] | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  const data = field(value, 'data');
  if (data !== null && !Array.isArray(data)) return null;
  return toArray(data).flatMap(entry => {
    const id = field(entry, 'id');
    const length = field(entry, 'max_model_len');
    return typeof id === 'string' ? [{id, maxModelLen: typeof length === 'number' ? length : undefined}] : [];
  });
}

const MAX_NAMED = 20;

/** Names for a message; a provider with hundreds of models gets the first few. */
export function nameModels(ids: readonly string[]): string {
  if (ids.length === 0) return 'nothing';
  const more = ids.length - MAX_NAMED;
  return ids.slice(0, MAX_NAMED).join(', ') + (more > 0 ? ` and ${more} more` : '');
}
