import {mkdir} from 'node:fs/promises';
import {dirname, join, resolve} from 'node:path';

import {didYouMean} from '../../config/problem.ts';
import {UserError} from '../../core/errors.ts';
import {asMapping} from '../../core/mapping.ts';
import {holdsSecret} from '../../plan/secret-values.ts';
import {studyTimestamp} from '../../project/study/study-rows.ts';
import {cannotWrite, writeFileAtomic} from '../../record/disk/atomic-file.ts';
import {appendSharedLines} from '../../record/disk/json-lines.ts';
import {exists, readIfExists} from '../../record/disk/read-file.ts';
import {withLock} from '../../record/disk/shared-lock.ts';
import {findKnownSecret} from '../open/open-config.ts';
import {readStudyText, type OpenedStudy} from './open-study.ts';

/** A note of somebody on a study. */
export interface SummaryNote {
  readonly author: string;
  readonly note: string;
  readonly hypothesis?: string | undefined;
  readonly condition?: string | undefined;
  /** Paths, relative to the workspace. */
  readonly evidence: readonly string[];
}

/** The two files that notes are in. */
export interface SummaryFiles {
  readonly log: string;
  readonly summary: string;
}

/**
 * Adds a note to the study's `summary_log.jsonl` and `SUMMARY.md`, which are made where they are not there.
 *
 * @returns the files, and doubts about what the note names.
 * @throws UserError `study-usage` without an author or a text, or with a secret; `cannot-write`.
 */
export async function appendSummary(
  study: OpenedStudy,
  note: SummaryNote,
): Promise<{readonly files: SummaryFiles; readonly warnings: readonly string[]}> {
  checkNote(note, study.env);
  const {plan, clock, layout} = study;
  const files = findSummaryFiles(study);
  const entry = {
    created_at: studyTimestamp(clock.now()),
    study_id: plan.set.id,
    study_name: readStudyText(plan, 'name') ?? plan.set.id,
    author: note.author,
    hypothesis: note.hypothesis ?? null,
    condition: note.condition ?? null,
    note: note.note,
    evidence_paths: [...note.evidence],
  };
  const warnings = [...warnOfNames(study, note), ...(await warnOfEvidence(layout.workspace, note.evidence))];
  for (const path of [files.log, files.summary]) await makeFolder(path);
  let isLogged = false;
  await withLock(files.summary, async hold => {
    if (!isLogged) await appendSharedLines(files.log, [entry], () => hold.requireHeld());
    isLogged = true;
    const before = (await readIfExists(files.summary)) ?? `# Summary\n\nStudy: ${entry.study_name}\n`;
    hold.requireHeld();
    await writeFileAtomic(files.summary, `${before.replace(/\n*$/, '\n')}${renderEntry(entry)}`);
  });
  return {files, warnings};
}

function findSummaryFiles({plan, layout}: OpenedStudy): SummaryFiles {
  const place = (key: string, name: string): string =>
    resolve(layout.workspace, readStudyText(plan, key) ?? join(dirname(plan.set.folder), name));
  return {log: place('summary_log_path', 'summary_log.jsonl'), summary: place('study_summary_path', 'SUMMARY.md')};
}

/** Refuses a note without an author or a text, and one with a secret: its files are there for good. */
function checkNote({evidence, ...texts}: SummaryNote, env: OpenedStudy['env']): void {
  for (const key of ['author', 'note'] as const) {
    if (texts[key].trim() !== '') continue;
    throw new UserError('study-usage', `--${key} is empty`, {
      hint: key === 'author' ? 'name who writes the note: --author NAME' : 'say what was found: --note TEXT',
    });
  }
  const given = [...Object.entries(texts), ...evidence.map(path => ['evidence', path] as const)];
  for (const [key, text = ''] of given) {
    const known = findKnownSecret(text, env);
    if (known === undefined && !holdsSecret(text)) continue;
    const found = known === undefined ? 'what looks like a secret' : `the value of $${known.name}`;
    throw new UserError('study-usage', `--${key} holds ${found}, and notes are kept for good`, {
      hint: 'take it out; the name of its variable may stand there: $NAME',
    });
  }
}

function renderEntry(entry: {
  readonly created_at: string;
  readonly author: string;
  readonly hypothesis: string | null;
  readonly condition: string | null;
  readonly note: string;
  readonly evidence_paths: readonly string[];
}): string {
  const lines = [
    '',
    `## ${entry.created_at} | ${entry.author}`,
    `Hypothesis: ${entry.hypothesis ?? 'n/a'}`,
    `Condition: ${entry.condition ?? 'n/a'}`,
    '',
    entry.note,
    ...(entry.evidence_paths.length > 0 ? ['', 'Evidence:', ...entry.evidence_paths.map(path => `- ${path}`)] : []),
  ];
  return `${lines.join('\n')}\n`;
}

function warnOfNames({plan}: OpenedStudy, {hypothesis, condition}: SummaryNote): string[] {
  const hypotheses = asMapping(asMapping(plan.details['document'])['hypotheses']);
  const conditions = Object.entries(hypotheses).flatMap(([id, each]) =>
    hypothesis === undefined || hypothesis === id ? Object.keys(asMapping(asMapping(each)['conditions'])) : [],
  );
  return [
    ...warnOfName('hypothesis', hypothesis, Object.keys(hypotheses)),
    ...warnOfName('condition', condition, conditions),
  ];
}

function warnOfName(what: string, name: string | undefined, known: readonly string[]): string[] {
  if (name === undefined || known.includes(name)) return [];
  const meant = didYouMean(name, known);
  return [`the study has no ${what} "${name}"${meant === undefined ? '' : `; did you mean "${meant}"?`}`];
}

async function warnOfEvidence(workspace: string, paths: readonly string[]): Promise<string[]> {
  const checked = await Promise.all(
    paths.map(async path => ((await exists(resolve(workspace, path))) ? [] : [`there is no evidence at ${path}`])),
  );
  return checked.flat();
}

async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(dirname(path), {recursive: true});
  } catch (error) {
    throw cannotWrite(path, error);
  }
}
