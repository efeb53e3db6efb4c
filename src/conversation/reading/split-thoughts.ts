import type {ThoughtTag} from '../../core/task-config.ts';
import {escapePattern} from '../../core/text/escape-pattern.ts';
import {joinThoughts, splitChannels, type Channels} from './channels.ts';
import {completeObjects} from './find-objects.ts';
import {THOUGHT_TAGS} from './thought-tags.ts';

interface TagMark {
  readonly family: string;
  readonly isOpening: boolean;
  readonly start: number;
  readonly end: number;
}

/**
 * Takes the thoughts out of a reply. A thought that is never closed goes on to the end. A closing tag without an
 * opening one means that the prompt's template had opened it: all before it is thoughts. A tag inside a complete JSON
 * object is a part of its text and no tag.
 */
export function splitThoughts(text: string, own: readonly ThoughtTag[] = []): Channels {
  const channels =
    text.includes('<|channel|>') && isInsideObject(text, text.indexOf('<|channel|>')) ? undefined : splitChannels(text);
  if (channels) {
    const inner = splitTagged(channels.answer, own);
    return {answer: inner.answer, thoughts: joinThoughts([channels.thoughts, inner.thoughts])};
  }
  return splitTagged(text, own);
}

function splitTagged(text: string, own: readonly ThoughtTag[]): Channels {
  const marks = findMarks(text, [...own, ...THOUGHT_TAGS]);
  const answers: string[] = [];
  const thoughts: string[] = [];
  let at = 0;
  let open: TagMark | undefined;
  for (const mark of marks) {
    if (open === undefined && mark.isOpening) {
      answers.push(text.slice(at, mark.start));
      open = mark;
      at = mark.end;
    } else if (!mark.isOpening && (open === undefined || open.family === mark.family)) {
      // Without an opening tag, all that was taken for the answer so far is thoughts, too.
      if (open === undefined) thoughts.push(...answers.splice(0));
      thoughts.push(text.slice(at, mark.start));
      open = undefined;
      at = mark.end;
    }
  }
  (open === undefined ? answers : thoughts).push(text.slice(at));
  return {answer: answers.join(' ').trim(), thoughts: joinThoughts(thoughts)};
}

function findMarks(text: string, tags: readonly ThoughtTag[]): readonly TagMark[] {
  const marks: TagMark[] = [];
  const patterns = tags.flatMap(({open, close}) => [open, close]).map(tag => `(${tagPattern(tag)})`);
  for (const match of text.matchAll(new RegExp([...patterns, THINKING_NAME].join('|'), 'gi'))) {
    const group = (match.slice(1) as (string | undefined)[]).findIndex(tag => tag !== undefined);
    marks.push({
      ...(group < patterns.length
        ? {family: String(group >> 1), isOpening: group % 2 === 0}
        : parseThinkingName(match.groups ?? {})),
      start: match.index,
      end: match.index + match[0].length,
    });
  }
  if (marks.length === 0) return marks;
  const objects = completeObjects(text);
  return marks.filter(({start}) => !objects.some(object => object.start < start && start < object.end));
}

/**
 * Tags that the table lacks, with a name that says what they are: <internal_thoughts>, <|cot_start|>, [my reasoning].
 */
const THINKING_NAME =
  '(?:<\\|?|\\[)(?<slash>/?)(?<name>(?:[a-z]{1,20}[_: -]){0,2}(?:cot|thinking|think|thoughts?|reasoning|reflection|scratch_?pad|monologue|deliberation|chain[_ -]of[_ -]thoughts?))(?<bound>[_-](?:start|end|begin|stop))?(?:\\|?>|\\])';

function parseThinkingName({slash, name = '', bound = ''}: Readonly<Record<string, string | undefined>>): {
  family: string;
  isOpening: boolean;
} {
  return {family: name.toLowerCase(), isOpening: slash === '' && !/end|stop/i.test(bound)};
}

function isInsideObject(text: string, at: number): boolean {
  return completeObjects(text).some(({start, end}) => start < at && at < end);
}

/** Matches a tag in any case; a tag in angle brackets also with attributes, spaces, or escaped as in HTML. */
function tagPattern(tag: string): string {
  const name = /^<(\/?)([\w:-]+)>$/.exec(tag);
  if (name?.[2] === undefined) return escapePattern(tag);
  return `(?:<|&lt;)\\s*${name[1] ?? ''}\\s*${name[2]}(?:\\s[^<>{}]{0,200})?(?:>|&gt;)`;
}
