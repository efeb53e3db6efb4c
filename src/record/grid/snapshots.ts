import {basename, join} from 'node:path';
import {Document, isScalar, visit} from 'yaml';

import {createFileExclusive} from '../disk/atomic-file.ts';
import type {Layout} from '../layout.ts';
import {fileTimestamp, parseTimestamp} from '../disk/timestamps.ts';

/**
 * Writes a task's configuration to `config_snapshot/{benchmark}/{experiment}_{time}.yaml`. The name must be new: tasks
 * that share an experiment's name may start in one millisecond, then the next free one is taken.
 *
 * @returns the path and the time in its name, in milliseconds since the epoch.
 * @throws UserError `cannot-write`.
 */
export async function writeTaskSnapshot(
  layout: Layout,
  config: {
    readonly experiment_metadata: {readonly experiment_name: string; readonly benchmark_subcategory: string};
  },
  submittedAtMs: number,
): Promise<{path: string; submittedAtMs: number}> {
  const {experiment_name, benchmark_subcategory} = config.experiment_metadata;
  const text = renderSnapshotYaml(config);
  for (let ms = submittedAtMs; ; ms++) {
    const path = layout.configSnapshot(benchmark_subcategory, experiment_name, fileTimestamp(ms));
    if ((await createFileExclusive(path, text)) === 'created') return {path, submittedAtMs: ms};
  }
}

/** Reads the time in a snapshot's name, in milliseconds since the epoch. */
export function parseSubmissionTime(snapshotPath: string): number | undefined {
  const match = /_(\d{8}T\d{6}\.\d{3}Z)\.yaml$/.exec(basename(snapshotPath));
  return match ? parseTimestamp(match[1] ?? '') : undefined;
}

/**
 * Keeps a byte copy of a grid's config as `{name without its last suffix}_{time}.yaml`; the next free millisecond when
 * taken.
 *
 * @throws UserError `cannot-write`.
 */
export async function writeGridSnapshot(
  layout: Layout,
  configPath: string,
  text: string | Uint8Array,
  submittedAtMs: number,
): Promise<{path: string; submittedAtMs: number}> {
  const name = basename(configPath);
  const stem = name.lastIndexOf('.') > 0 ? name.slice(0, name.lastIndexOf('.')) : name;
  for (let ms = submittedAtMs; ; ms++) {
    const path = join(layout.gridSnapshots, `${stem}_${fileTimestamp(ms)}.yaml`);
    if ((await createFileExclusive(path, text)) === 'created') return {path, submittedAtMs: ms};
  }
}

/**
 * Texts that YAML 1.1 readers (PyYAML among them) take for booleans, numbers, dates or null, and YAML 1.2 readers for
 * text.
 */
const AMBIGUOUS =
  /^(?:y|n|yes|no|on|off|true|false|null|~|=|<<|[-+]?[\d.][\d_.,:eExXoObB+\-a-fA-FTtZz ]*|[-+]?\.(?:inf|nan))$/i;

/**
 * Renders block-style YAML that readers of YAML 1.1 and 1.2 read in the same way: keys in their order, everything
 * beyond ASCII escaped.
 */
export function renderSnapshotYaml(value: unknown): string {
  const document = new Document(value, {aliasDuplicateObjects: false});
  visit(document, {
    Scalar(_key, node) {
      if (!isScalar(node) || typeof node.value !== 'string') return;

      if (/[^\x20-\x7e]/.test(node.value)) node.type = 'QUOTE_DOUBLE';
      else if (AMBIGUOUS.test(node.value)) node.type = 'QUOTE_SINGLE';
    },
  });
  const text = document.toString({lineWidth: 0, flowCollectionPadding: false});
  return text.replace(/[^\x00-\x7e]/gu, escapeCharacter);
}

/** Escapes a character inside double quotes, where YAML has these escapes. */
function escapeCharacter(char: string): string {
  const code = char.codePointAt(0) ?? 0;
  if (code <= 0xff) return `\\x${code.toString(16).padStart(2, '0')}`;
  return code <= 0xffff ? `\\u${code.toString(16).padStart(4, '0')}` : `\\U${code.toString(16).padStart(8, '0')}`;
}
