import {TENS, UNITS} from '../../core/text/number-words.ts';
import {normalForm} from './normal-form.ts';

/** A word of an answer or a choice: lower case, with its accents. */
export interface Word {
  readonly text: string;
  /** It was written with a capital: it may be a name. */
  readonly isCapital: boolean;
  /** White space follows it: "A Lopez" but not "A. Lopez". */
  readonly isBeforeSpace: boolean;
}

const WORD = /\d+(?:[.,]\d+)+|[\p{L}\p{M}\p{N}]+(?:'[\p{L}\p{M}]+)*|\S/gu;

/** Marks that do not change what is named. Others count like words: "5 %" is not "5", "C++" is not "C". */
const IGNORED_MARK = /^(?:[\p{P}`|✅✔✓☑➡→👉]|\ufe0f)$/u;
const MEANINGFUL_SIGNS = new Set(['%', '&', '@', '#', '/']);

/**
 * Splits a text into its words and the marks that matter. Spellings of one word become one: "can't" and "cannot",
 * "non-binary" and "nonbinary", "3" and "three".
 */
export function splitWords(text: string): readonly Word[] {
  const form = normalForm(text);
  const words: Word[] = [];
  for (const match of form.matchAll(WORD)) {
    const [raw] = match;
    const next = form.charAt(match.index + raw.length);
    if (raw === '-' && isSign(form, match.index)) words.push({text: '-', isCapital: false, isBeforeSpace: false});
    if (IGNORED_MARK.test(raw) && !MEANINGFUL_SIGNS.has(raw)) continue;
    words.push({
      text: spell(raw),
      isCapital: /^\p{Lu}/u.test(raw),
      isBeforeSpace: next === ' ',
    });
  }
  return joinPrefixes(words);
}

/** Returns whether a mark is a minus, not a hyphen or bullet: a digit follows, nothing that it could join precedes. */
function isSign(text: string, at: number): boolean {
  return /\d/.test(text.charAt(at + 1)) && !/[\p{L}\p{N})]/u.test(text.charAt(at - 1));
}

const NUMBERS = [
  ...UNITS.map((word, value) => [word, String(value)] as const),
  ...TENS.map((word, i) => [word, String(20 + 10 * i)] as const),
];
const SAME: ReadonlyMap<string, string> = new Map([...NUMBERS, ['info', 'information'], ['&', 'and']]);

function spell(raw: string): string {
  const word = raw.toLowerCase().replaceAll("'", '');
  if (/^\d{1,3}(?:,\d{3})+(?:\.\d+)?$/.test(word)) return word.replaceAll(',', '');
  return SAME.get(word) ?? word;
}

/** Joins "non" to the next word, whether a hyphen, a space or nothing separates them. */
function joinPrefixes(words: readonly Word[]): readonly Word[] {
  return words.flatMap((word, i) => {
    if (words[i - 1]?.text === 'non') return [{...word, text: `non${word.text}`}];
    return word.text === 'non' && i + 1 < words.length ? [] : [word];
  });
}

/** Returns a word without the accents of Latin letters. */
export function withoutAccents(word: string): string {
  return word.replace(/(?<=[a-z])[\u0300-\u036f]+/g, '');
}

/** Returns the words as one text. */
export function joinWords(words: readonly Word[]): string {
  return words.map(({text}) => text).join(' ');
}
