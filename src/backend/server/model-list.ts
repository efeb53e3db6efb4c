import {toArray, field} from '../fields.ts';

/** A model in a server's list. */
export interface ListedModel {
  readonly id: string;
  /** Tokens; vLLM tells it. */
  readonly maxModelLen: number | undefined;
}

/** Reads the body of `/v1/models`; null when it is no list. Ollama's compatible endpoint sends null for no models. */
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

/** Lists names for a message: of a provider's hundreds of models the first few. */
export function nameModels(ids: readonly string[]): string {
  if (ids.length === 0) return 'nothing';
  const more = ids.length - MAX_NAMED;
  return ids.slice(0, MAX_NAMED).join(', ') + (more > 0 ? ` and ${more} more` : '');
}
