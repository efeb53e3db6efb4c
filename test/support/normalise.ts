import {existsSync, readFileSync, readdirSync, statSync} from 'node:fs';
import {basename, join, relative} from 'node:path';

import {parseYaml11} from '../../src/config/yaml/yaml.ts';

/** Files by normalised name; several files can have one name, so each name has the sorted texts of all of them. */
export type NormalisedTree = Record<string, string[]>;

/** Our additions to the older system's files (docs/formats.md). */
const OUR_FILES = /bookkeeping\/(grid_archive|task_record|lease)\/|\.journal\.jsonl$|\.lock(\/|$)|\.tmp$|README\.md$/;
const OUR_KEYS = new Set([
  'provenance',
  'call',
  'failed_attempts',
  'failed_turn',
  'task_key',
  'grid_id',
  'questions_sha256',
  'question_limit',
  'repetition',
  'repetitions',
  'host',
  'mac_version',
  'reason',
  'attempt',
  'compatibility',
  'index_start',
  'outcome',
  'tries',
  'questions_by_outcome',
  'api_config',
]);
const NUMBERS = new Set(['duration_seconds', 'wall_clock_seconds', 'questions_per_second', 'tokens_per_second']);
const SORTED_BY_QUESTION = new Set(['per_transcript_statistics', 'completed_transcripts', 'errors', 'error_detail']);

/** Every record below a workspace in the form of the golden cases. @param pids of the stages, in order. */
export function normaliseWorkspace(
  workspace: string,
  experimentRoot: string | undefined,
  pids: readonly number[],
): NormalisedTree {
  const tree: NormalisedTree = {};
  const ids = new Map<string, string>();
  const roots: [string, string][] = [[join(workspace, 'bookkeeping'), 'bookkeeping']];
  if (experimentRoot === undefined) roots.push([join(workspace, 'experiment'), 'experiment']);
  else roots.push([experimentRoot, 'EXT_ROOT/exp-root']);
  const files = roots.flatMap(([root, name]) =>
    listFiles(root).map((path): [string, string] => [path, join(name, relative(root, path))]),
  );
  for (const [path] of files) {
    if (!/\/task_manifest\/[^/]*\.json$/.test(path) && !/\/transcript\/[^/]*\.json$/.test(path)) continue;
    const parts = path.split('/');
    const place = parts.slice(-4, -2).join('/');
    const value = JSON.parse(readFileSync(path, 'utf8'));
    if (value.questions)
      for (const [id, {transcript_id: uuid}] of Object.entries<any>(value.questions)) ids.set(uuid, `${place}/${id}`);
    if (value.transcript_id) ids.set(value.transcript_id, `${place}/${value.experiment_metadata.question_id}`);
  }
  const text = (raw: string): string => {
    let result = raw;
    for (const [uuid, name] of ids) result = result.replaceAll(uuid, `<UUID:${name}#>`);
    result = result
      .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z/g, '<ISO_TS>')
      .replaceAll(/\d{8}T\d{6}\.\d{3}Z/g, '<FILE_TS>')
      .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '<UUID>')
      .replaceAll(workspace, '<WORKSPACE>');
    // Last, and only where one can stand: a process id can look like a year or a part of a UUID.
    pids.forEach(
      (pid, i) => (result = result.replaceAll(new RegExp(`(?<=[_"])${pid}(?=[_."])`, 'g'), `<PID${i + 1}>`)),
    );
    return result;
  };
  for (const [path, name] of files) {
    if (OUR_FILES.test(path)) continue;
    add(tree, text(name), canonical(JSON.parse(text(quotePids(JSON.stringify(parse(path))))), false));
  }
  return sorted(tree);
}

/** Process ids become texts, so that a placeholder can stand for them. */
function quotePids(json: string): string {
  return json.replaceAll(/"pid":(\d+)/g, '"pid":"$1"');
}

/** A golden `normalized.json` in the same form. */
export function normaliseGolden(path: string): NormalisedTree {
  const tree: NormalisedTree = {};
  for (const [name, value] of Object.entries(JSON.parse(readFileSync(path, 'utf8')))) {
    const loosen = (text: string): string => text.replaceAll(/#\d+>/g, '#>').replaceAll(/<RUN_TS_\d+>/g, '<FILE_TS>');
    add(
      tree,
      loosen(name)
        .replace(/~\d+$/, '')
        .replace(/~\d+(?=\.)/, ''),
      canonical(JSON.parse(loosen(JSON.stringify(value))), true),
    );
  }
  return sorted(tree);
}

function add(tree: NormalisedTree, name: string, value: unknown): void {
  (tree[name] ??= []).push(JSON.stringify(value));
}

function sorted(tree: NormalisedTree): NormalisedTree {
  for (const texts of Object.values(tree)) texts.sort();
  return tree;
}

function parse(path: string): unknown {
  const text = readFileSync(path, 'utf8');
  if (path.endsWith('.yaml')) return parseYaml11(text, path).value;
  if (path.endsWith('.jsonl'))
    return text
      .trim()
      .split('\n')
      .filter(Boolean)
      .map(line => JSON.parse(line));
  return JSON.parse(text);
}

/** Keys sorted, our additions and durations removed, lists in completion order sorted. */
function canonical(value: any, isGolden: boolean, key = ''): any {
  if (Array.isArray(value)) {
    const items = value.map(item => canonical(item, isGolden));
    if (key === '' || SORTED_BY_QUESTION.has(key)) items.sort((a, b) => compare(a?.question_id, b?.question_id));
    if (key === 'validation_errors_by_type')
      items.sort((a, b) => b.count - a.count || compare(a.error_code, b.error_code));
    return items;
  }
  if (value === null || typeof value !== 'object')
    return NUMBERS.has(key) ? '<NUM>' : key === 'pid' ? String(value) : value;
  const isIndexLine = 'transcript_path' in value;
  const isManifest = 'num_questions_planned' in value;
  const entries = Object.entries(value)
    .filter(([name]) => {
      if (isIndexLine && name === 'created_at') return false;
      if (isManifest && name === 'task_id') return false;
      // An attempt number inside an error's details is the older system's.
      if (name === 'attempt') return 'agent_id' in value || 'answer_text' in value;
      // A task manifest's questions are the older system's, a grid task's are ours.
      if (name === 'questions' && 'grid_sweep_specs' in value) return false;
      return !OUR_KEYS.has(name);
    })
    .map(([name, member]): [string, any] => [name, name === 'request_ids' ? ['<ID>'] : member])
    .sort(([a], [b]) => compare(a, b));
  return Object.fromEntries(entries.map(([name, member]) => [name, canonical(member, isGolden, name)]));
}

function compare(a: unknown, b: unknown): number {
  return String(a) < String(b) ? -1 : String(a) > String(b) ? 1 : 0;
}

function listFiles(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).flatMap(name => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? listFiles(path) : basename(path).endsWith('.completion.lock') ? [] : [path];
  });
}
