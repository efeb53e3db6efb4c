const NOUN = '(?:answer|choice|option|selection|pick|response|verdict|conclusion)';
const KIND = '(?:(?:final|best|correct|right|selected|chosen|most likely|most appropriate|most accurate|only) )?';
const BE = '(?:is|was|would be|will be|should be|must be|has to be|remains)';
const ADVERB = '(?: (?:probably|likely|most likely|clearly|definitely|certainly|presumably|simply))?';
const SOURCE = '(?:context|information|passage|text|scenario|discussion|evidence|description|story|question)';

/** What people say before they name a choice. None of it negates, and none names a person. */
const BEFORE = [
  '(?:so|therefore|thus|hence|well|finally|overall|okay|ok|sure)',
  `(?:based on|according to|given|from) (?:the|this) (?:(?:given|provided|available) )?${SOURCE}(?: (?:provided|given|above|available))?`,
  `(?:(?:my|the|our) )?${KIND}${NOUN}(?: (?:to|for) (?:the|this) question)?(?: (?:i (?:choose|select|pick)))?(?: ${BE})?(?: that)?`,
  `(?:the )?(?:correct|right|final|best)(?: one)? ${BE}`,
  `i (?:(?:would|will|do|must|have to|still|am going to) )?(?:choose|chose|select|selected|pick|picked|go with|went with|going with|say|answer|answered|think|believe|vote for|opt for|settle on|conclude)(?: that)?(?: (?:it|the (?:correct |right )?answer) ${BE})?`,
  `it ${BE}${ADVERB}`,
  `(?:probably|most likely|likely|clearly|definitely|certainly|presumably)`,
].map(pattern => new RegExp(`^["'*(\\[]*${pattern}["'*]*(?:\\s*[:,]\\s*|\\s+-\\s+|\\s+)(?=\\S)`, 'i'));

/** What people say after it. */
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
