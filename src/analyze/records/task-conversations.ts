import {statSync} from 'node:fs';
import {dirname} from 'node:path';

import {systemClock} from '../../core/clock.ts';
import type {Layout} from '../../record/layout.ts';
import {computeChecksum, type CacheLines} from '../cache/cache-lines.ts';
import type {CacheKey, ResultsCache} from '../cache/results-cache.ts';
import {isUnreadable, type RecordedConversation} from './conversation.ts';
import {ConversationReader} from './conversation-reader.ts';
import {decodeConversations, encodeConversations} from './encode-conversations.ts';
import type {Problem, Problems} from './problems.ts';
import type {KnownQuestions, QuestionFiles} from './question-files.ts';
import type {KnownTask} from './recorded-tasks.ts';
import type {TranscriptReference} from './index-tasks.ts';
import {summariseConversations, type ConversationsSummary} from './summarise-conversations.ts';
import type {Discussion} from '../metrics/discussion/discussion.ts';
import type {Ending} from '../metrics/endings.ts';

/** Extent of a task's records. */
export interface TaskCoverage {
  /** Questions of its file; null when that cannot be read. */
  readonly planned: number | null;
  /** With a transcript that could be used. */
  readonly used: number;
}

/** A task's conversations and their problems, whether read or cached. */
export interface TaskConversations {
  readonly coverage: TaskCoverage;
  /** Problems of its transcripts. */
  readonly problems: readonly Problem[];
  /** Equal for equal conversations about equal questions. */
  readonly contentKey: string;
  /** Transcripts that were read now, and those that had been read before. */
  readonly read: number;
  readonly cached: number;
  /** Unpacks them: a task's conversations take a tenth of the memory while they are packed. */
  readonly conversations: () => RecordedConversation[];
}

export interface TaskSources {
  readonly questions: QuestionFiles;
  /** Without one everything is read. */
  readonly cache?: ResultsCache | undefined;
  /** Without one, all is read by this thread. */
  readonly reader?: ConversationReader | undefined;
}

/**
 * The conversations of one task; transcripts that the cache knows are not read again, unless they were replaced since.
 *
 * That a transcript was replaced or removed behind the index's back shows in the time of its folder, because whole
 * files are renamed into place; only where that changed is every file looked at. What has been written into a file in
 * place is seen there too, but not without such a sign: `--fresh` is for that.
 */
export async function readTaskConversations(
  layout: Layout,
  task: KnownTask,
  {questions: files, cache, reader = new ConversationReader(layout)}: TaskSources,
): Promise<TaskConversations> {
  const {questions_file: file, experiment_name: experiment} = task.config.experiment_metadata;
  const questions = await files.get(file);
  const key: CacheKey = {kind: 'task', name: task.configSnapshotPath};
  const cached = openCached(await cache?.read(key), {task, questions});
  if (cached?.isComplete === true && cached.head.folders.every(folder => isUnchanged(layout, folder))) {
    return {...cached.head, read: 0, cached: task.references.length, conversations: cached.conversations};
  }
  // Before the files are read: what changes while they are changes the folder.
  const folders = stampFolders(layout, task.references);
  const reusable = cached ? reusableConversations(layout, cached) : new Map<string, RecordedConversation>();
  const missing = task.references.filter(reference => !reusable.has(referenceIdentity(reference)));
  const {packed, summary} = await packTask(task, {reusable, missing, questions, reader});
  const keys = buildCacheKeys(task, questions);
  const head: Head = {
    keys,
    folders,
    unreadable: summary.unreadable,
    coverage: {planned: questions?.byId.size ?? null, used: summary.used},
    problems: summary.problems,
    contentKey: computeChecksum(`${JSON.stringify(keys)}${computeChecksum(packed)}`),
  };
  if (missing.length > 0 || JSON.stringify(head) !== JSON.stringify(cached?.head)) {
    await cache?.write(key, [JSON.stringify(head), packed.toString()]);
  }
  return {
    ...head,
    read: missing.length,
    cached: task.references.length - missing.length,
    conversations: () => decodeConversations(JSON.parse(packed.toString()), {experiment, questions}),
  };
}

/** Reads what is missing and packs everything in the order of the index. Parts packed by a thread stay as they are. */
async function packTask(
  task: KnownTask,
  options: {
    readonly reusable: ReadonlyMap<string, RecordedConversation>;
    readonly missing: readonly TranscriptReference[];
    readonly questions: KnownQuestions | null;
    readonly reader: ConversationReader;
  },
): Promise<{packed: Buffer; summary: ConversationsSummary}> {
  const {reusable, missing, questions, reader} = options;
  const {experiment_name: experiment} = task.config.experiment_metadata;
  const parts = await reader.read(task, missing, questions);
  const [whole] = parts;
  if (whole && parts.length === 1 && missing.length === task.references.length) {
    return {packed: Buffer.from(whole.encoded), summary: whole.summary};
  }
  const read = parts.flatMap(({encoded}) => decodeConversations(JSON.parse(encoded), {experiment, questions}));
  const known = new Map([...reusable, ...read.map(each => [referenceIdentity(each.reference), each] as const)]);
  const conversations = task.references.flatMap(reference => known.get(referenceIdentity(reference)) ?? []);
  return {
    packed: Buffer.from(encodeConversations(conversations, {experiment, questions})),
    summary: summariseConversations(conversations, task.id),
  };
}

/** The cache's first entry for a task, before its conversations. */
interface Head extends Pick<TaskConversations, 'coverage' | 'problems' | 'contentKey'> {
  readonly keys: Keys;
  /** The folders of its transcripts as they were. */
  readonly folders: readonly FolderStamp[];
  /** Transcripts that were missing or corrupt: they are looked at again. */
  readonly unreadable: number;
}

/** Inputs of the conversations, beside the transcripts. */
interface Keys {
  readonly references: string;
  readonly config: string;
  /** Null when the question file cannot be read. */
  readonly questions: string | null;
}

function buildCacheKeys({referencesKey, configSha256}: KnownTask, questions: KnownQuestions | null): Keys {
  return {references: referencesKey, config: configSha256, questions: questions?.sha256 ?? null};
}

interface Cached {
  readonly head: Head;
  /** True if it has every conversation of the task and could read them all. */
  readonly isComplete: boolean;
  readonly conversations: () => RecordedConversation[];
}

/** Opens a cached task; undefined if another config or question file makes it useless. */
function openCached(
  lines: CacheLines | undefined,
  {task, questions}: {readonly task: KnownTask; readonly questions: KnownQuestions | null},
): Cached | undefined {
  const head = lines?.at(1)?.value as Head | undefined;
  const packed = lines?.at(2);
  const keys = buildCacheKeys(task, questions);
  if (!head || !packed || head.keys.config !== keys.config || head.keys.questions !== keys.questions) return undefined;
  const {experiment_name: experiment} = task.config.experiment_metadata;
  return {
    head,
    isComplete: head.keys.references === keys.references && head.unreadable === 0,
    conversations: () => decodeConversations(packed.value, {experiment, questions}),
  };
}

/** Of the cached conversations, by the identity of their reference, those whose file is still the one that was read. */
function reusableConversations(layout: Layout, {head, conversations}: Cached): Map<string, RecordedConversation> {
  const isCalm = head.folders.every(folder => isUnchanged(layout, folder));
  const usable = conversations().filter(
    conversation => !isUnreadable(conversation) && (isCalm || isSameFile(layout, conversation)),
  );
  return new Map(usable.map(conversation => [referenceIdentity(conversation.reference), conversation]));
}

function isSameFile(layout: Layout, {reference, file}: RecordedConversation): boolean {
  const found = statSync(layout.resolve(reference.path), {throwIfNoEntry: false});
  return found?.size === file?.bytes && found?.mtimeMs === file?.modifiedMs;
}

function referenceIdentity({questionId, path, attempt, status}: TranscriptReference): string {
  return `${path}\n${attempt}\n${status}\n${questionId}`;
}

interface FolderStamp {
  /** As in the index. */
  readonly folder: string;
  /** Null where a change could follow that would not show: then every file is looked at the next time. */
  readonly modifiedMs: number | null;
}

/** A file system whose clock ticks slowly gives the same time to a change that comes a moment later. */
const SETTLED_MS = 3_000;

function stampFolders(layout: Layout, references: readonly TranscriptReference[]): FolderStamp[] {
  const folders = new Set(references.map(({path}) => dirname(path)));
  return [...folders].map(folder => {
    const modifiedMs = readModifiedMs(layout, folder);
    return {folder, modifiedMs: modifiedMs < systemClock.now() - SETTLED_MS ? modifiedMs : null};
  });
}

function isUnchanged(layout: Layout, {folder, modifiedMs}: FolderStamp): boolean {
  return modifiedMs !== null && readModifiedMs(layout, folder) === modifiedMs;
}

/** Infinity for a folder that is not there: it may come at any time. */
function readModifiedMs(layout: Layout, folder: string): number {
  return statSync(layout.resolve(folder), {throwIfNoEntry: false})?.mtimeMs ?? Infinity;
}

export interface TaskDiscussions {
  readonly discussions: readonly Discussion[];
  readonly endings: readonly Ending[];
  readonly coverage: TaskCoverage;
}

/** Reads the discussions of one task that can be scored, and all endings; counts and names problems. */
export async function readTaskDiscussions(
  layout: Layout,
  task: KnownTask,
  sources: TaskSources & {readonly problems: Problems},
): Promise<TaskDiscussions> {
  const {conversations: unpack, coverage, problems} = await readTaskConversations(layout, task, sources);
  sources.problems.absorb(problems);
  const conversations = unpack();
  return {coverage, discussions: listDiscussions(conversations), endings: listEndings(conversations)};
}

/** Those that can be scored. */
export function listDiscussions(conversations: readonly {readonly discussion: Discussion | null}[]): Discussion[] {
  return conversations.flatMap(({discussion}) => discussion ?? []);
}

/** Returns how conversations ended, of those of which it is known. */
export function listEndings(conversations: readonly {readonly ending: Ending | null}[]): Ending[] {
  return conversations.flatMap(({ending}) => ending ?? []);
}
