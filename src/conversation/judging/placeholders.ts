import {sequenceRatio} from '../matching/similarity.ts';
import {strippedForm} from '../matching/normal-form.ts';

/** Similarity from which a text counts as a copy of the prompt's words. */
const COPY_SIMILARITY = 0.9;
/** This many words from the beginning of a placeholder are no accident. */
const FEWEST_WORDS = 4;

/**
 * Returns the placeholder that a template shows for each field: `"rationale": "Your reasoning …"` → rationale, Your
 * reasoning ….
 */
export function parsePlaceholders(template: string): ReadonlyMap<string, string> {
  const lines = template.matchAll(/^\s*"(\w+)":\s*(.+?),?$/gm);
  return new Map([...lines].map(([, name = '', shown = '']) => [name, plain(shown)]));
}

/** Returns whether a field's value is the template's placeholder or its beginning, apart from trifles. */
export function isPlaceholder(value: unknown, shown: string | undefined): boolean {
  if (typeof value !== 'string' || shown === undefined) return false;
  const form = plain(value);
  if (form === '' || form.length > 2 * shown.length) return false;
  if (form === shown) return true;
  const isBeginning =
    shown.startsWith(form) && form.split(' ').length >= Math.min(FEWEST_WORDS, shown.split(' ').length);
  return isBeginning || sequenceRatio(form, shown) >= COPY_SIMILARITY;
}

/** Undoes what models do to placeholders that they copy: "your" becomes "my", and brackets are put around it. */
function plain(text: string): string {
  return strippedForm(text.trim().replace(/^[<[({]+|[>\])}]+$/g, '')).replace(/\bmy\b/g, 'your');
}
