import {readFileSync} from 'node:fs';

import wordListPath from 'word-list';

/** All words, each between line breaks; read when first asked for, since most runs never ask. */
let lines: string | undefined;

/**
 * Returns whether a text in lower case is a word of English: one of 274,000 common nouns, verbs and the like with their
 * forms. Names are not among them.
 */
export function isEnglishWord(text: string): boolean {
  lines ??= `\n${readFileSync(wordListPath, 'utf8')}\n`;
  return lines.includes(`\n${text}\n`);
}
