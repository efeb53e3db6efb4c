import type {ThoughtTag} from '../../core/task-config.ts';
import {repairReply} from '../json-repair/repair-json.ts';
import {normalForm} from '../matching/normal-form.ts';
import {parsePythonJson} from '../../core/python/python-json.ts';
import {completeObjects, findObjects, type FoundObject} from './find-objects.ts';
import {readFields, type Fields} from './read-fields.ts';
import {repeatsKey} from './repeated-keys.ts';
import {splitThoughts} from './split-thoughts.ts';

/** The contents of a reply. */
export interface ReadReply {
  /** The text without thoughts. */
  readonly answer: string;
  readonly thoughts: string;
  /** The object that answers; undefined when there is none, or when it is unclear which it is. */
  readonly fields: Fields | undefined;
  /** It had to be repaired, or picked out from more than one. */
  readonly isRepaired: boolean;
}

/** The fields that a role reads. */
export interface WantedFields {
  /** The possible names of its answer. */
  readonly answer: readonly string[];
  /** All its fields. */
  readonly all: readonly string[];
}

/**
 * Reads a reply by one rule, whether objects are in fences or not: thoughts are left out; of the complete objects that
 * have an answer, the last one counts, since who writes a second one corrects the first. None counts when an object
 * with an answer was begun after it and not ended, or when the objects are the items of one list. What a model makes up
 * after its answer as the next turn ("User: …") is no part of it.
 */
export function readReply(text: string, wanted: WantedFields, tags: readonly ThoughtTag[] = []): ReadReply {
  const {answer, thoughts} = splitThoughts(text, tags);
  const read = readAnswer(answer, wanted);
  const found = read?.isContradictory === true ? undefined : read;
  return {answer, thoughts, fields: found?.fields, isRepaired: found?.isRepaired ?? false};
}

interface Found {
  readonly fields: Fields;
  readonly isRepaired: boolean;
  /** It says one thing and, under the same name, another. */
  readonly isContradictory: boolean;
}

function readAnswer(text: string, wanted: WantedFields): Found | undefined {
  const direct = parsePythonJson(text);
  if (direct && repeatsKey(text)) return undefined;
  if (direct) return readValue(direct.value, wanted) ?? readIncomplete(findObjects(text).closed, undefined);
  const tagged = readTagged(text, wanted);
  if (tagged) return tagged;
  const {closed, unclosed} = findObjects(text);
  const candidates = closed.flatMap(object => readCandidate(text, object, wanted));
  const first = candidates[0];
  if (!first) return readDamaged(text, unclosed, wanted) ?? readIncomplete(closed, unclosed);
  const end = endOfTurn(text, first.object.end);
  const ours = candidates.filter(({object}) => object.end <= end);
  const last = ours.at(-1) ?? first;
  const behind = text.slice(last.object.end, end);
  if (beginsAnotherObject(behind) || retracts(behind, listAnswers(last.found, wanted))) {
    return undefined;
  }
  if (areListItems(text, ours)) return undefined;
  const around = text.slice(0, last.object.start) + text.slice(last.object.end);
  return {...last.found, isRepaired: last.found.isRepaired || /[{}]/.test(around)};
}

/**
 * Reads the last <answer>…</answer>, before which models write drafts and remarks; undefined when there is none.
 * Another answer behind it may be a correction or a remark: then nobody can tell.
 */
function readTagged(text: string, wanted: WantedFields): Found | undefined {
  const end = text.lastIndexOf(ANSWER_END);
  const start = text.lastIndexOf(ANSWER_BEGIN, end);
  if (start < 0 || end < 0) return undefined;
  if (completeObjects(text).some(object => object.start < start && start < object.end)) return undefined;
  const found = readAnswer(text.slice(start + ANSWER_BEGIN.length, end), wanted);
  const behind = text.slice(end + ANSWER_END.length);
  if (!found || !behind.includes('{')) return found;
  const other = readAnswer(behind, wanted);
  const isSame = other === undefined || JSON.stringify(other.fields) === JSON.stringify(found.fields);
  return {...found, isContradictory: found.isContradictory || !isSame || findObjects(behind).unclosed !== undefined};
}

const ANSWER_BEGIN = '<answer>';
const ANSWER_END = '</answer>';

function readValue(value: unknown, wanted: WantedFields): Found | undefined {
  const read = readFields(value, wanted.answer, wanted.all);
  return read && {fields: read.fields, isRepaired: read.isReshaped, isContradictory: read.isContradictory};
}

interface Candidate {
  readonly object: FoundObject;
  readonly found: Found;
}

function readCandidate(text: string, object: FoundObject, wanted: WantedFields): Candidate[] {
  const slice = text.slice(object.start, object.end);
  const {value, repeatsKey: isContradictory} = object.value
    ? {value: object.value, repeatsKey: repeatsKey(slice)}
    : repairReply(slice);
  const found = readValue(value, wanted);
  if (!found) return [];
  return [
    {
      object,
      found: {
        ...found,
        isRepaired: object.value === undefined || found.isRepaired,
        isContradictory: isContradictory || found.isContradictory,
      },
    },
  ];
}

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
const REPEATS_ANSWER = /\b(?:final|actual|real|correct|corrected|revised|updated|new|true) answer\b/i;

/** Characters to look at: retractions come at once or never. */
const RETRACTION_LENGTH = 2000;

/** Returns whether the words behind an answer take it back. */
function retracts(text: string, answers: readonly string[]): boolean {
  const behind = normalForm(text.slice(0, RETRACTION_LENGTH));
  if (RETRACTIONS.some(pattern => pattern.test(behind))) return true;
  const lower = behind.toLowerCase();
  return REPEATS_ANSWER.test(behind) && !answers.some(answer => lower.includes(normalForm(answer).toLowerCase()));
}

function listAnswers({fields}: Found, {answer}: WantedFields): readonly string[] {
  return answer.map(name => fields[name]).filter(value => typeof value === 'string');
}

/** The beginning of the next turn, which a model plays that goes on after its own. */
const NEXT_TURN =
  /<\|(?:im_start|im_end|eot_id|end_of_text|endoftext|user|start_header_id)\|>|<\/?s>|<(?:start|end)_of_turn>|\[\/?INST\]|(?:^|\n)[ \t*#]{0,20}(?:user|human|question|context|instructions?)[ \t*]{0,20}:/gi;

function endOfTurn(text: string, from: number): number {
  const marks = new RegExp(NEXT_TURN);
  marks.lastIndex = from;
  return marks.exec(text)?.index ?? text.length;
}

/** Returns whether a text ends within a further object: the model was about to correct itself. */
function beginsAnotherObject(text: string): boolean {
  return findObjects(text).unclosed !== undefined || /\{\s*(?:["'“][^"'“”{}]{0,60})?$/.test(text.slice(-80));
}

/** Returns whether the objects are items of one list that name different choices. */
function areListItems(text: string, candidates: readonly Candidate[]): boolean {
  return candidates.some(({object}, i) => {
    const next = candidates[i + 1];
    if (!next || !/^\s*,\s*$/.test(text.slice(object.end, next.object.start))) return false;
    return JSON.stringify(candidates[i]?.found.fields) !== JSON.stringify(next.found.fields);
  });
}

/** Reads the only object there is, though it lacks the answer: the feedback can then name what is missing. */
function readIncomplete(closed: readonly FoundObject[], unclosed: number | undefined): Found | undefined {
  const fields = closed.length === 1 && unclosed === undefined ? closed[0]?.value : undefined;
  return fields && Object.keys(fields).length > 0 ? {fields, isRepaired: false, isContradictory: false} : undefined;
}

/** Reads an object that lacks its quotes, its braces or its end; else lines such as "Answer: …". */
function readDamaged(text: string, unclosed: number | undefined, wanted: WantedFields): Found | undefined {
  const damaged = text.slice(unclosed ?? 0);
  const {value, repeatsKey: isContradictory} = repairReply(damaged);
  if (isContradictory) return undefined;
  const found = readValue(value, wanted);
  if (!found) return readLines(text, wanted);
  if (wanted.answer.some(name => isTruncatedInside(damaged, found.fields[name]))) return undefined;
  return {...found, isRepaired: true};
}

/** Returns whether the text breaks off within a value: the missing part may have made it another answer. */
function isTruncatedInside(text: string, value: unknown): boolean {
  return typeof value === 'string' && value.trim() !== '' && text.trimEnd().endsWith(value.trim());
}

/** Reads "Answer: …" and "Rationale: …", each once and at the beginning of a line. */
function readLines(text: string, {answer, all}: WantedFields): Found | undefined {
  const heading = new RegExp(`^[\\s*#"'-]*(${all.join('|')})["'*]*\\s*:["'*]*`, 'i');
  const values = new Map<string, string[]>();
  let current: string[] = [];
  for (const line of text.split('\n')) {
    const found = heading.exec(line);
    const key = found?.[1]?.toLowerCase();
    if (found === null || key === undefined) {
      current.push(line);
      continue;
    }
    if (values.has(key)) return undefined;
    current = [line.slice(found[0].length)];
    values.set(key, current);
  }
  if (!answer.some(each => values.has(each)) || !values.has('rationale')) return undefined;
  const fields = [...values].map(([key, lines]) => [key, withoutMarks(lines.join('\n').trim())] as const);
  return {fields: Object.fromEntries(fields), isRepaired: true, isContradictory: false};
}

function withoutMarks(text: string): string {
  return text.replace(/^["'*]+/, '').replace(/(?<!["'*,])["'*,]+$/, '');
}
