import {pythonWords} from '../../core/python/python-space.ts';

/**
 * The form in which answers are compared: NFKD, lower case, single spaces, no punctuation at the end. Accents stay, as
 * combining marks; after punctuation is removed a space may stay ("yes ." → "yes "), as in the older system.
 */
export function normaliseAnswer(text: string): string {
  return withoutTrailing('.,!?;:', pythonWords(text.normalize('NFKD').toLowerCase()).join(' '));
}

function withoutTrailing(marks: string, text: string): string {
  let end = text.length;
  while (end > 0 && marks.includes(text.charAt(end - 1))) end--;
  return text.slice(0, end);
}

/** Quotation marks and Markdown's marks for emphasis and code, which models put around what they quote. */
const WRAPPERS: readonly (readonly [string, string])[] = [
  ['"', '"'],
  ["'", "'"],
  ['`', '`'],
  ['*', '*'],
  ['_', '_'],
  ['“', '”'],
  ['‘', '’'],
];

/** The normal form without any space and punctuation at its end, and without marks around the whole. */
export function strippedForm(text: string): string {
  let form = withoutTrailing('.,!?;: ', normaliseAnswer(text));
  while (WRAPPERS.some(([open, close]) => form.length > 2 && form.startsWith(open) && form.endsWith(close))) {
    form = withoutTrailing('.,!?;: ', form.slice(1, -1).trimStart());
  }
  return form;
}
