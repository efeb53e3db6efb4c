import {sequenceRatio} from '../matching/similarity.ts';
import {strippedForm} from '../matching/normalise-answer.ts';

/** Anything nearer to the prompt's words than this is a copy of them. */
const ALIKE = 0.9;
/** That many words from the beginning of a placeholder are no accident. */
const FEWEST_WORDS = 4;

/**
 * Returns what a template shows in the place of each field: `"rationale": "Your reasoning …"` → rationale, Your
 * reasoning ….
 */
export function parsePlaceholders(template: string): ReadonlyMap<string, string> {
  const lines = template.matchAll(/^\s*"(\w+)":\s*(.+?),?$/gm);
  return new Map([...lines].map(([, name = '', shown = '']) => [name, plain(shown)]));
}

/** Tells whether a field's value is what the template shows in its place, whole or its beginning, up to trifles. */
export function isPlaceholder(value: unknown, shown: string | undefined): boolean {
  if (typeof value !== 'string' || shown === undefined) return false;
  const form = plain(value);
  if (form === '' || form.length > 2 * shown.length) return false;
  if (form === shown) return true;
  const isBeginning =
    shown.startsWith(form) && form.split(' ').length >= Math.min(FEWEST_WORDS, shown.split(' ').length);
  return isBeginning || sequenceRatio(form, shown) >= ALIKE;
}

/** Models that copy it may turn "your" into "my", and put brackets around it. */
function plain(text: string): string {
  return strippedForm(text.trim().replace(/^[<[({]+|[>\])}]+$/g, '')).replace(/\bmy\b/g, 'your');
}
