import type {Question} from './question.ts';

/** Returns `source_metadata`; empty where a question has none. */
export function sourceMetadata(question: Question): Readonly<Record<string, unknown>> {
  return question.source_metadata ?? {};
}

/** Returns `source_metadata.additional_metadata`; empty where a question has none. */
export function additionalMetadata(question: Question): Readonly<Record<string, unknown>> {
  const additional = sourceMetadata(question)['additional_metadata'];
  return additional !== null && typeof additional === 'object' ? (additional as Readonly<Record<string, unknown>>) : {};
}

/** Renders metadata as text: a number and its decimal writing mean the same group. */
export function metadataText(value: unknown): string {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}
