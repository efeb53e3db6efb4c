/**
 * Ways to say that the answer is unknown, which data sets offer as one choice in many wordings ("Not enough info",
 * "Can't be determined", "Unknown") and models put in others. Whole answers only: each line must match from beginning
 * to end. "I can't answer" is not one of them: it may be a refusal.
 */
const WORDINGS = [
  '(?:(?:it|this|that) (?:is )?)?(?:unknown|undetermined|undeterminable|indeterminable|indeterminate|unanswerable|unspecified)',
  '(?:(?:it|this|that|answer) )?can not be (?:determined|known|answered|decided|inferred|established|concluded|ascertained)',
  '(?:(?:it|this|that) (?:is )?)?not (?:known|determined|determinable|answerable|possible to (?:determine|know|tell|say|answer))',
  '(?:i )?can not (?:determine|tell|know)',
  '(?:there is )?(?:not enough|insufficient|no sufficient) (?:information|data|context|evidence|detail|details)',
  'not (?:specified|stated|mentioned)',
].map(
  pattern =>
    new RegExp(
      `^${pattern}(?: (?:is )?(?:given|provided|available))?(?: to (?:tell|know|say|answer|determine|decide))?(?: (?:from|in|by|with) (?:context|information|passage|text)(?: (?:given|provided|available))?)?$`,
    ),
);

/** Returns whether words joined by spaces, without articles, say only that the answer is unknown. */
export function isUnknownWording(words: string): boolean {
  return WORDINGS.some(wording => wording.test(words)) || words === 'can not answer' || words === 'can not say';
}

/** Returns the same for an answer, where "can't answer" may be a refusal. */
export function isUnknownAnswer(words: string): boolean {
  return WORDINGS.some(wording => wording.test(words));
}
