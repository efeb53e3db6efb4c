import {isEnglishWord} from '../../core/text/english-words.ts';
import {editDistance} from './similarity.ts';
import {isFunctionWord, isKnownWord, isNumberWord} from './known-words.ts';
import type {Word} from './words.ts';

/**
 * Shorter words are a letter away from too many others ("man", "men", "ban"). Words that we know may be shorter, since
 * we know their neighbours.
 */
const MIN_WORD_LENGTH = {
  swapped: {known: 5, other: 5},
  tooFew: {known: 6, other: 7},
  tooMany: {known: 5, other: 6},
  changed: {known: 7, other: 8},
} as const;
/** From here on a word is far from any other, and a slip before its last letter is one. */
const LONG = 9;
/**
 * Endings tell sexes, numbers and kinds of persons apart ("-man", "-men"; "-er", "-ed"): they must be the choice's own.
 */
const ENDING = 3;

/**
 * Returns whether a word of an answer can only be a choice's word with a slip of the pen, never another word.
 *
 * One slip, inside the word: its first letter and its ending are unchanged. The slip must not make another word
 * ("baker", "banker"; "marital", "martial"); a word that may be a name ("Donna") and everything that is not plain Latin
 * letters must be exact, and so must numbers.
 */
export function isMisspelling(written: string, meant: Word): boolean {
  const {text, isCapital} = meant;
  if (!/^[a-z]+$/.test(written) || !/^[a-z]+$/.test(text)) return false;
  if (isFunctionWord(text)) return written.length > 1 && editDistance(written, text) === 1 && !isRealWord(written);
  if (written.charAt(0) !== text.charAt(0) || Math.abs(written.length - text.length) > 1) return false;
  const kind = isKnownWord(text) ? 'known' : 'other';
  if (isCapital && kind === 'other') return false;
  if (isKnownWord(written) || isNumberWord(text) || editDistance(written, text) !== 1) return false;
  const at = firstDifference(written, text);
  const slip = classifyTypo(written, text, at);
  if (text.length < MIN_WORD_LENGTH[slip][kind]) return false;
  return text.length - at >= minDistanceFromEnd(slip, written, text, at) && !isRealWord(written);
}

/**
 * Returns whether a text is a word of its own. Our list comes first: it is cheaper and has nationalities and the like.
 */
function isRealWord(written: string): boolean {
  return isKnownWord(written) || isEnglishWord(written);
}

type Typo = keyof typeof MIN_WORD_LENGTH;

function classifyTypo(written: string, text: string, at: number): Typo {
  if (written.length < text.length) return 'tooFew';
  if (written.length > text.length) return 'tooMany';
  const isSwapped = written.charAt(at) === text.charAt(at + 1) && written.charAt(at + 1) === text.charAt(at);
  return isSwapped ? 'swapped' : 'changed';
}

/** Returns how many letters of the choice's word must lie from the slip, inclusive, to the end. */
function minDistanceFromEnd(slip: Typo, written: string, text: string, at: number): number {
  const isLong = text.length >= LONG;
  switch (slip) {
    case 'swapped':
      return text.length > MIN_WORD_LENGTH.swapped.other ? 2 : ENDING;
    case 'tooFew':
      if (text.charAt(at) === text.charAt(at - 1)) return ENDING;
      return isLong ? 2 : ENDING + 1;
    case 'tooMany':
      if (written.charAt(at) === written.charAt(at - 1)) return ENDING - 1;
      return isLong ? 1 : ENDING;
    case 'changed':
      // "policewoman", "policewomen"
      return isLong && !(isVowel(written.charAt(at)) && isVowel(text.charAt(at))) ? 2 : ENDING + 1;
  }
}

function isVowel(letter: string): boolean {
  return 'aeiouy'.includes(letter);
}

function firstDifference(a: string, b: string): number {
  let at = 0;
  while (at < a.length && a.charAt(at) === b.charAt(at)) at++;
  return at;
}

/** Words that change the meaning of their neighbour, however they are written together ("notable", "asexual"). */
const MEANING_CHANGING_WORDS = new Set([
  'a',
  'an',
  'no',
  'not',
  'non',
  'un',
  'in',
  'im',
  'il',
  'ir',
  'dis',
  'de',
  'anti',
  'with',
  'without',
  'or',
  'and',
  'so',
]);

/**
 * Returns whether only spaces between words were forgotten, added or misplaced, none of them beside a word that would
 * mean something else then.
 */
export function differOnlyInSpacing(written: readonly Word[], meant: readonly Word[]): boolean {
  if (written.map(({text}) => text).join('') !== meant.map(({text}) => text).join('')) return false;
  const [ours, theirs] = [meant, written].map(words => new Set(words.map(({text}) => text)));
  const isMoved = ({text}: Word): boolean => !(ours?.has(text) && theirs?.has(text));
  return [...written, ...meant]
    .filter(isMoved)
    .every(({text}) => !MEANING_CHANGING_WORDS.has(text) && !/\d/.test(text));
}
