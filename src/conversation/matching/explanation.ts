import {splitWords, type Word} from './words.ts';

/** An answer that goes on after the choice that it names. */
export interface Explained {
  readonly head: string;
  readonly tail: string;
  /** It says "because" or the like; else a new sentence begins. */
  readonly isReason: boolean;
}

const REASON =
  /\s*[,;.:(-]?\s+\(?(?:because|since|as (?:the|it|there|he|she|they|stated|mentioned|described)|due to|given that|based on)\b/i;
const SENTENCE = /(?:[.;!]|:|\s-)["'*)]*\s+(?=\S)/;

/** Splits "the man, because …" and "The man. …" behind the choice; undefined when nothing follows it. Takes a normal form. */
export function splitExplanation(text: string): Explained | undefined {
  const reason = REASON.exec(text);
  const sentence = SENTENCE.exec(text);
  const found = reason && (!sentence || reason.index <= sentence.index) ? reason : sentence;
  if (!found || found.index === 0) return undefined;
  return {head: text.slice(0, found.index), tail: text.slice(found.index), isReason: found === reason};
}

/** Words that take back what was said, or may. */
const RETRACTS = new Set(
  (
    'but however although though actually instead wait rather unless correction sorry mistake wrong incorrect false nevertheless nonetheless ' +
    'yet alternatively otherwise reconsider reconsidering reflection second thought hmm'
  ).split(' '),
);
const DENIES = new Set(
  'not no never neither nor none nothing without or perhaps maybe might could either possibly hardly'.split(' '),
);

/** Words that every text has and that tell no choices apart. */
const COMMON = new Set(
  'the a an of in on at to for with by and or is was are were be been this that these those it its his her their who whom which as from not can no'.split(
    ' ',
  ),
);

/**
 * Tells whether what follows a choice only explains it: it takes nothing back and names no other choice. Where the choice says that nothing can be said, its
 * reason may deny and may name the others ("we don't know which of the two …").
 */
export function isExplanation(
  {tail, isReason}: Explained,
  {
    own,
    others,
    isUnknown,
  }: {readonly own: readonly Word[]; readonly others: readonly (readonly Word[])[]; readonly isUnknown: boolean},
): boolean {
  const words = new Set(splitWords(tail).map(({text}) => text));
  if ([...RETRACTS].some(word => words.has(word))) return false;
  if (!isReason && !isUnknown && [...DENIES].some(word => words.has(word))) return false;
  const ours = new Set(own.map(({text}) => text));
  return others.flat().every(({text}) => ours.has(text) || COMMON.has(text) || !words.has(text));
}
