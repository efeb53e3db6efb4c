import {splitWords, type Word} from './words.ts';

const NOUN = '(?:answer|choice|option|selection|pick|response|verdict|conclusion)';
const KIND = '(?:(?:final|best|correct|right|selected|chosen|most likely|most appropriate|most accurate|only) )?';
const BE = '(?:is|was|would be|will be|should be|must be|has to be|remains)';
const ADVERB = '(?: (?:probably|likely|most likely|clearly|definitely|certainly|presumably|simply))?';
const SOURCE = '(?:context|information|passage|text|scenario|discussion|evidence|description|story|question)';

/** Phrases before the name of a choice. None of them negates, and none names a person. */
const BEFORE = [
  '(?:so|therefore|thus|hence|well|finally|overall|okay|ok|sure)',
  `(?:based on|according to|given|from) (?:the|this) (?:(?:given|provided|available) )?${SOURCE}(?: (?:provided|given|above|available))?`,
  `(?:(?:my|the|our) )?${KIND}${NOUN}(?: (?:to|for) (?:the|this) question)?(?: (?:i (?:choose|select|pick)))?(?: ${BE})?(?: that)?`,
  `(?:the )?(?:correct|right|final|best)(?: one)? ${BE}`,
  `i (?:(?:would|will|do|must|have to|still|am going to) )?(?:choose|chose|select|selected|pick|picked|go with|went with|going with|say|answer|answered|think|believe|vote for|opt for|settle on|conclude)(?: that)?(?: (?:it|the (?:correct |right )?answer) ${BE})?`,
  `it ${BE}${ADVERB}`,
  `(?:probably|most likely|likely|clearly|definitely|certainly|presumably)`,
].map(pattern => new RegExp(`^["'*(\\[]*${pattern}["'*]*(?:\\s*[:,]\\s*|\\s+-\\s+|\\s+)(?=\\S)`, 'i'));

/** Phrases after it. */
const AFTER = [
  `${BE} (?:my|the|our) ${KIND}(?:${NOUN}|one)`,
  `(?:${BE}|seems|appears)(?: to be)? (?:the )?(?:most )?(?:correct|right|likely|appropriate|accurate|best)(?: ${NOUN}| one)?`,
  `as (?:stated|described|mentioned|given|said) (?:in|by) the ${SOURCE}`,
  '(?:is|was|were|did|does|has|had)',
].map(pattern => new RegExp(`(?<=\\S)["'*)\\]]*[\\s,]+${pattern}["'*.!)\\]]*$`, 'i'));

/**
 * Returns an answer without the words around the choice that it names; undefined when there are none. Takes a normal
 * form.
 */
export function withoutFraming(answer: string): string | undefined {
  let rest = answer;
  for (let before = ''; before !== rest;) {
    before = rest;
    for (const frame of BEFORE) rest = rest.replace(frame, '');
  }
  for (const frame of AFTER) rest = rest.replace(frame, '');
  return rest === answer || rest.trim() === '' ? undefined : rest.trim();
}

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

/**
 * Splits "the man, because …" and "The man. …" behind the choice; undefined when nothing follows it. Takes a normal
 * form.
 */
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
 * Returns whether what follows a choice only explains it: it takes nothing back and names no other choice. Where the
 * choice says that nothing can be said, its reason may deny and may name the others ("we don't know which of the two
 * …").
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

const POLAR = /^["'*]*(yes|no)["'*]*\s*[,.!;:-]+["'*]*\s+(?=\S)/i;
/**
 * Beside these, "yes" or "no" may be about something else than the question ("No, I can't tell", "No, there is no
 * objection").
 */
const OPEN = new Set(
  'i we you yes no nobody nothing none never without nor neither say tell know known unknown determine answer sure certain possible enough information if'.split(
    ' ',
  ),
);

/**
 * Returns the "yes" or "no" with which an answer begins when the rest only repeats it as a sentence: "No, they should
 * not be hired." A "yes" denies nothing, a "no" denies at most once.
 */
export function polarAnswer(text: string): 'yes' | 'no' | undefined {
  const found = POLAR.exec(text);
  if (!found) return undefined;
  const isYes = found[1]?.toLowerCase() === 'yes';
  const words = splitWords(text.slice(found[0].length)).map(word => word.text);
  const isOpen = words.some(word => RETRACTS.has(word) || OPEN.has(word) || (word !== 'not' && DENIES.has(word)));
  const denials = words.filter(word => word === 'not').length;
  if (isOpen || denials > (isYes ? 0 : 1)) return undefined;
  // "No, they should not be denied" denies twice, too.
  if (
    denials === 1 &&
    words.some(word =>
      /^(?:un|dis|in|non)?(?:den|refus|reject|declin|object|exclud|oppos|withh|prevent|fail)/.test(word),
    )
  )
    return undefined;
  return isYes ? 'yes' : 'no';
}
