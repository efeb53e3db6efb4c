import {isMap, isScalar, Pair, parseDocument, Scalar, type Node, type YAMLMap} from 'yaml';

import {isMapping} from '../../core/mapping.ts';
import type {BenchMode} from './bench-matrix.ts';
import {MATRIX_ALIASES, spellKey} from './spellings.ts';

/** Keys of a matrix that flags of a command replace. */
export interface BenchOverrides {
  readonly run_id?: string | undefined;
  readonly runs_dir?: string | undefined;
  readonly root?: string | undefined;
  readonly mode?: BenchMode | undefined;
  readonly max_workers?: number | undefined;
  readonly fail_fast?: boolean | undefined;
  readonly resume?: 'auto' | 'failed' | 'none' | undefined;
  /** Seconds; 0 for no limit. */
  readonly job_timeout?: number | undefined;
  /** Of every trainer; see `readLogger`. */
  readonly logger?: string | undefined;
}

/** The trainer of a matrix that names none. */
export const DEFAULT_TRAINER = 'PrioritySearch';

const SILENT = new Set(['none', 'null', 'off', 'disable', 'disabled']);
const AS_WRITTEN = new Set(['default', 'config', '']);

/** Returns the logger that a name asks for; undefined for the one that the file has. */
export function readLogger(name: string): string | undefined {
  const plain = name.trim().toLowerCase();
  if (SILENT.has(plain)) return 'none';
  return AS_WRITTEN.has(plain) ? undefined : name.trim();
}

/**
 * Writes overrides into the text of a matrix, as if the user had written them, so that its snapshot has them.
 *
 * @returns the edited text; `text` itself when it is no mapping, which its parser reports.
 */
export function overrideBench(text: string, {logger, ...keys}: BenchOverrides): string {
  const document = parseDocument(text, {uniqueKeys: false});
  if (document.errors.length > 0 || !isMap<Node, Node | null>(document.contents)) return text;
  const {contents} = document;
  for (const [key, value] of Object.entries(keys)) {
    if (value === undefined) continue;
    replaceKey(contents, key, document.createNode(value));
  }
  const named = logger === undefined ? undefined : readLogger(logger);
  if (named !== undefined) {
    const {trainers} = isMapping(document.toJS()) ? (document.toJS() as {trainers?: unknown}) : {};
    const list = Array.isArray(trainers) && trainers.length > 0 ? (trainers as unknown[]) : [DEFAULT_TRAINER];
    document.set(
      'trainers',
      list.map(entry => (isMapping(entry) ? {...entry, logger: named} : {id: entry, logger: named})),
    );
  }
  return document.toString({lineWidth: 0});
}

function spellNode(key: Node): string {
  return spellKey(isScalar(key) ? String(key.value) : String(key), MATRIX_ALIASES);
}

/** Gives a key a value, where the key stands in whatever spelling; a key that is not there is added. */
function replaceKey(contents: YAMLMap<Node, Node | null>, key: string, value: Node): void {
  const written = contents.items.find(pair => spellNode(pair.key) === key);
  if (!written) {
    contents.items.push(new Pair<Node, Node | null>(new Scalar(key), value));
    return;
  }
  if (isScalar(written.key)) written.key.value = key;
  written.value = value;
  // A key in two spellings would be a problem of the file, not of the flag that replaces both.
  contents.items = contents.items.filter(pair => pair === written || spellNode(pair.key) !== key);
}
