import {normalForm} from '../matching/normal-form.ts';

/** Phrases that take back the answer just given. "However" and "but" are not among them: reasons are full of them. */
const RETRACTIONS = [
  /(?:\b(?:wait|hold on|hmm+)|(?:^|[.!?\n]\s*)no)\s*[,.!:;-]/i,
  /\bscratch that\b|\bdisregard\b|\bignore (?:that|the above|my)\b|\bcorrection\b/i,
  /\bon (?:reflection|second thoughts?)\b|\bchanged? my mind\b|\b(?:was|am) (?:wrong|mistaken)\b/i,
  /\b(?:that|this|it|answer) (?:is|was) (?:wrong|incorrect|not (?:right|correct)|a mistake)\b|\bmade (?:a mistake|an error)\b/i,
  /\blet me (?:correct|reconsider|revise|rethink|change|fix|try again|redo)\b|\bi (?:retract|withdraw|take (?:that|it) back)\b/i,
  /(?:^|[.!?\n]\s*)actually\b|\bit should (?:be|have been)\b/i,
];
/** "My final answer is …" takes nothing back where it says the same again. */
const SAYS_AGAIN = /\b(?:final|actual|real|correct|corrected|revised|updated|new|true) answer\b/i;

/** Characters to look at: retractions come at once or never. */
const BEGINNING = 2000;

/** Returns whether the words behind an answer take it back. */
export function retracts(text: string, answers: readonly string[]): boolean {
  const behind = normalForm(text.slice(0, BEGINNING));
  if (RETRACTIONS.some(pattern => pattern.test(behind))) return true;
  const lower = behind.toLowerCase();
  return SAYS_AGAIN.test(behind) && !answers.some(answer => lower.includes(normalForm(answer).toLowerCase()));
}
