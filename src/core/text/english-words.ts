import {readFileSync} from 'node:fs';

import wordListPath from 'word-list';

/** All words, about 20 MB; read when first asked for, since most runs never ask. */
let words: ReadonlySet<string> | undefined;

/**
 * Returns whether a text in lower case is a word of English: one of 274,000 common nouns, verbs and the like with their
 * forms. Names are not among them.
 */
export function isEnglishWord(text: string): boolean {
  words ??= new Set(readFileSync(wordListPath, 'utf8').split('\n'));
  return words.has(text);
}
