import {UNKNOWN, type RunEvent} from './event.ts';

export const PROBE_TYPES = ['binary', 'numeric', 'choice', 'freetext'] as const;
export type ProbeType = (typeof PROBE_TYPES)[number];

/** Returns the answer of a probe as text; null when there is none. Lists and mappings are their JSON. */
export function readAnswer({data}: Pick<RunEvent, 'data'>): string | null {
  const answer = data['probe_return'] ?? null;
  if (answer === null) return null;
  const text = typeof answer === 'string' ? answer : JSON.stringify(answer);
  return text.trim() === '' ? null : text.trim();
}

/** Returns how an answer came about, as the event says; `unknown` where it does not. */
export function readProbeMode({data}: Pick<RunEvent, 'data'>): string {
  const mode = data['probe_mode'];
  return typeof mode === 'string' && mode.trim() !== '' ? mode.trim() : UNKNOWN;
}

/** Words after which a leading "no" still answers the question; after others ("no idea", "no one") it does not. */
const SUBJECTS = /^(?:i|we|it|he|she|they|you|this|that|there|because|not)\b/i;

/**
 * Returns the answer to a yes/no question; null when the text is none. It has to begin with it: "no" inside "nothing"
 * or "I know" is no answer. `yes`, `true` count unless a "no" follows as a word of its own; `no`, `false` count alone,
 * before punctuation and before a pronoun; `y` and `n` count alone. Digits do not: they may be ratings.
 */
export function readYesNo(text: string): 'Yes' | 'No' | null {
  const [, word = '', rest = ''] = /^["'*\s]*([a-z]+)(?![a-z'’-])([^]*)$/i.exec(text) ?? [];
  const isAlone = /^[\s\p{P}]*$/u.test(rest);
  switch (word.toLowerCase()) {
    case 'y':
      return isAlone ? 'Yes' : null;
    case 'n':
      return isAlone ? 'No' : null;
    case 'yes':
    case 'true':
      return /(?<![a-z])no(?![a-z])/i.test(rest) ? null : 'Yes';
    case 'no':
    case 'false':
      if (/(?<![a-z])yes(?![a-z])/i.test(rest)) return null;
      return isAlone || /^\s*\p{P}/u.test(rest) || SUBJECTS.test(rest.trimStart()) ? 'No' : null;
    default:
      return null;
  }
}

/** Returns the same for a probe that is known to be a yes/no question, where `1` and `0` are answers too. */
export function readBinary(text: string): 'Yes' | 'No' | null {
  const trimmed = text.trim();
  if (trimmed === '1') return 'Yes';
  return trimmed === '0' ? 'No' : readYesNo(text);
}

/** A number that stands alone: neither in a name (`gpt-4`, `A1`) nor part of a longer one. */
const NUMBER = /(?<![\p{L}\p{N}_.-])[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:e[-+]?\d+)?(?![\p{L}\p{N}_])/iu;

/** Returns the first number of a text: `7/10` → 7, `1,250 votes` → 1250; null when there is none. */
export function readNumber(text: string): number | null {
  const [found] = NUMBER.exec(text) ?? [];
  if (found === undefined) return null;
  const number = Number(found.replaceAll(',', ''));
  return Number.isFinite(number) ? number : null;
}

const MOST_CHOICE_WORDS = 4;

/** Returns the type that an answer looks like: yes/no, else one with a number, of at most four words, or free text. */
export function inferType(answer: string): ProbeType {
  if (readYesNo(answer) !== null) return 'binary';
  if (readNumber(answer) !== null) return 'numeric';
  return splitWords(answer).length <= MOST_CHOICE_WORDS ? 'choice' : 'freetext';
}

/** Returns what stands between blanks. */
export function splitWords(text: string): string[] {
  return text.split(/\s+/u).filter(word => word !== '');
}

/** Returns words of three letters or more in lower case, for counting; apostrophes and hyphens belong to them. */
export function listTokens(text: string): string[] {
  return (
    text
      .toLowerCase()
      .match(/\p{L}[\p{L}'’-]*[\p{L}]/gu)
      ?.filter(token => Array.from(token).length >= 3) ?? []
  );
}
