import {pythonWords} from '../../core/python/python-space.ts';

const ENTITIES: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&quot;': '"',
  '&#34;': '"',
  '&#39;': "'",
  '&#x27;': "'",
  '&apos;': "'",
  '&lt;': '<',
  '&gt;': '>',
  '&nbsp;': ' ',
};

const TAGS =
  /<\/?(?:answer|choice|option|response|output|final|final_answer|b|i|em|strong|u|p|span|code|br|mark)\s*\/?>/gi;
const LATEX = /\\(?:boxed|text|textbf|textit|mathrm|mathbf|emph)(?=\s*\{)/g;
const ZERO_WIDTH = /[\u200b\u2060\ufeff\u00ad]/g;

const IRREGULAR: Readonly<Record<string, string>> = {ca: 'can', wo: 'will', sha: 'shall'};
const WITHOUT_APOSTROPHE = /\b(ca|do|does|did|is|are|was|were|could|would|should|has|have|had)nt\b/gi;

/**
 * Returns a text with one spelling for characters that look and mean the same: plain quotation marks, hyphens and
 * spaces, no markup around it, and negations as words of their own ("can't", "cannot" → "can not"). Case, accents and
 * punctuation stay.
 */
export function normalForm(text: string): string {
  const plain = pythonWords(text.normalize('NFKD').replace(ZERO_WIDTH, ''))
    .join(' ')
    .replace(/&(?:amp|quot|apos|lt|gt|nbsp|#34|#39|#x27);/gi, entity => ENTITIES[entity.toLowerCase()] ?? entity)
    .replace(TAGS, ' ')
    .replace(LATEX, '')
    .replace(/[‘’ʼ′´]/g, "'")
    .replace(/[“”„‟«»]/g, '"')
    .replace(/[‐‑‒–—―−]/g, '-')
    .replace(/(\p{L}+)n't\b/giu, (_all, verb: string) => `${IRREGULAR[verb.toLowerCase()] ?? verb} not`)
    .replace(WITHOUT_APOSTROPHE, (_all, verb: string) => `${IRREGULAR[verb.toLowerCase()] ?? verb} not`)
    .replace(/\bcann?ot\b/gi, 'can not')
    .replace(/\b(it|that|this|there|who|he|she|answer|choice)'s\b/gi, '$1 is')
    .replace(/\bI'd\b/gi, 'I would')
    .replace(/\bI'll\b/gi, 'I will');
  return plain.replace(/ {2,}/g, ' ').trim();
}

/**
 * Returns the form in which answers are compared: NFKD, lower case, single spaces, no punctuation at the end. Accents
 * stay, as combining marks; after punctuation is removed a space may stay ("yes ." → "yes "), as in the older system.
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

/** Returns that form without any space and punctuation at its end, and without marks around the whole. */
export function strippedForm(text: string): string {
  let form = withoutTrailing('.,!?;: ', normaliseAnswer(text));
  while (WRAPPERS.some(([open, close]) => form.length > 2 && form.startsWith(open) && form.endsWith(close))) {
    form = withoutTrailing('.,!?;: ', form.slice(1, -1).trimStart());
  }
  return form;
}
