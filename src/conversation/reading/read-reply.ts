import type {ThoughtTag} from '../../core/task-config.ts';
import {repairJson} from '../json-repair/repair-json.ts';
import {parsePythonJson} from '../python-json.ts';
import {findObjects, type FoundObject} from './find-objects.ts';
import {readFields, type Fields} from './read-fields.ts';
import {splitThoughts} from './split-thoughts.ts';

/** What a reply holds. */
export interface ReadReply {
  /** The text without thoughts. */
  readonly answer: string;
  readonly thoughts: string;
  /** The object that answers; undefined when there is none, or it cannot be told which it is. */
  readonly fields: Fields | undefined;
  /** It had to be mended, or picked out from more than one. */
  readonly isRepaired: boolean;
}

/** Which fields a role reads. */
export interface Wanted {
  /** The names under which its answer may stand. */
  readonly answer: readonly string[];
  /** All its fields. */
  readonly all: readonly string[];
}

/** Longer texts are not repaired: nobody needs 200,000 characters for an answer, and looking for one would hold up the others. */
const MAX_REPAIRED_LENGTH = 200_000;

/**
 * Reads a reply by one rule, whether objects stand in fences or not: thoughts are left out; of the complete objects that have an answer, the last one counts,
 * since who writes a second one corrects the first. None counts when an object with an answer was begun after it and not ended, or when the objects are
 * the items of one list. What a model makes up after its answer as the next turn ("User: …") is no part of it.
 */
export function readReply(text: string, wanted: Wanted, tags: readonly ThoughtTag[] = []): ReadReply {
  const {answer, thoughts} = splitThoughts(text, tags);
  const found = readAnswer(answer, wanted);
  return {answer, thoughts, fields: found?.fields, isRepaired: found?.isRepaired ?? false};
}

interface Found {
  readonly fields: Fields;
  readonly isRepaired: boolean;
}

function readAnswer(text: string, wanted: Wanted): Found | undefined {
  const direct = parsePythonJson(text);
  if (direct) return readValue(direct.value, wanted) ?? readIncomplete(findObjects(text).closed, undefined);
  const {closed, unclosed} = findObjects(text);
  const candidates = closed.flatMap(object => readCandidate(text, object, wanted));
  const first = candidates[0];
  if (!first) return readDamaged(text, unclosed, wanted) ?? readIncomplete(closed, unclosed);
  const end = endOfTurn(text, first.object.end);
  const ours = candidates.filter(({object}) => object.end <= end);
  const last = ours.at(-1) ?? first;
  if (beginsAnotherAnswer(text.slice(last.object.end, end), wanted) || areItems(text, ours)) return undefined;
  const around = text.slice(0, last.object.start) + text.slice(last.object.end);
  return {fields: last.found.fields, isRepaired: last.found.isRepaired || /[{}]/.test(around)};
}

function readValue(value: unknown, wanted: Wanted): Found | undefined {
  const read = readFields(value, wanted.answer, wanted.all);
  return read && {fields: read.fields, isRepaired: read.isReshaped};
}

interface Candidate {
  readonly object: FoundObject;
  readonly found: Found;
}

function readCandidate(text: string, object: FoundObject, wanted: Wanted): Candidate[] {
  const value = object.value ?? repair(text.slice(object.start, object.end));
  const found = readValue(value, wanted);
  if (!found) return [];
  return [{object, found: object.value ? found : {...found, isRepaired: true}}];
}

/** What comes when a model goes on after its turn and plays the next one, too. */
const NEXT_TURN =
  /<\|(?:im_start|im_end|eot_id|end_of_text|endoftext|user|start_header_id)\|>|<\/?s>|<(?:start|end)_of_turn>|\[\/?INST\]|(?:^|\n)[\s*#]*(?:user|human|question|context|instructions?)\s*:/gi;

function endOfTurn(text: string, from: number): number {
  const marks = new RegExp(NEXT_TURN);
  marks.lastIndex = from;
  return marks.exec(text)?.index ?? text.length;
}

/** Whether a further object with an answer begins in a text: the model was about to correct itself. */
function beginsAnotherAnswer(text: string, {answer}: Wanted): boolean {
  return new RegExp(`\\{[^{}]*["'“]?(?:${answer.join('|')})["'”]?\\s*:`, 'i').test(text);
}

/** Whether the objects are items of one list that name different choices. */
function areItems(text: string, candidates: readonly Candidate[]): boolean {
  return candidates.some(({object}, i) => {
    const next = candidates[i + 1];
    if (!next || !/^\s*,\s*$/.test(text.slice(object.end, next.object.start))) return false;
    return JSON.stringify(candidates[i]?.found.fields) !== JSON.stringify(next.found.fields);
  });
}

/** The only object there is, though it lacks the answer: what is missing can then be named. */
function readIncomplete(closed: readonly FoundObject[], unclosed: number | undefined): Found | undefined {
  const fields = closed.length === 1 && unclosed === undefined ? closed[0]?.value : undefined;
  return fields && Object.keys(fields).length > 0 ? {fields, isRepaired: false} : undefined;
}

/** No object is whole: what can be read of one that lacks its quotes, its braces or its end; else lines such as "Answer: …". */
function readDamaged(text: string, unclosed: number | undefined, wanted: Wanted): Found | undefined {
  const damaged = text.slice(unclosed ?? 0);
  const found = readValue(repair(damaged), wanted);
  if (!found) return readLines(text, wanted);
  if (wanted.answer.some(name => isCutInside(damaged, found.fields[name]))) return undefined;
  return {...found, isRepaired: true};
}

/** Whether the text breaks off within a value: what is missing may have made another answer of it. */
function isCutInside(text: string, value: unknown): boolean {
  return typeof value === 'string' && value.trim() !== '' && text.trimEnd().endsWith(value.trim());
}

/** "Answer: …" and "Rationale: …", each once and at the beginning of a line. */
function readLines(text: string, {answer, all}: Wanted): Found | undefined {
  const name = `(${all.join('|')})`;
  const parts = text.split(new RegExp(`(?:^|\\n)[\\s*#"'-]*${name}["'*]*\\s*:["'*]*[ \\t]*`, 'i'));
  const fields: Record<string, unknown> = {};
  for (let i = 1; i + 1 < parts.length; i += 2) {
    const key = (parts[i] ?? '').toLowerCase();
    if (Object.hasOwn(fields, key)) return undefined;
    fields[key] = (parts[i + 1] ?? '').trim().replace(/^["'*]+|["'*,]+$/g, '');
  }
  const isWhole = answer.some(each => Object.hasOwn(fields, each)) && Object.hasOwn(fields, 'rationale');
  return isWhole ? {fields, isRepaired: true} : undefined;
}

function repair(text: string): unknown {
  if (text.length > MAX_REPAIRED_LENGTH) return null;
  try {
    return repairJson(text);
  } catch (error) {
    if (error instanceof RangeError) return null; // nested beyond all reason
    throw error;
  }
}
