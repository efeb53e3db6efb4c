import {dirname, resolve} from 'node:path';

import type {Trial} from '../../core/trial.ts';
import {shellQuote} from '../../core/text/shell-quote.ts';
import {fillProgramTokens} from '../../execute/trial/program-tokens.ts';

/** The place where a script runs, and the programs that it finds. */
export interface ScriptContext {
  readonly studyId: string;
  /** Absolute. */
  readonly workspace: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * Renders a study as a shell script: one command a row, one after another, until one fails. For looking at what a study
 * does, and for machines without mac; it records nothing and runs no evaluators.
 */
export function renderRunScript(trials: readonly Trial[], {studyId, workspace, env}: ScriptContext): string {
  const lines = [
    '#!/usr/bin/env bash',
    comment(`Study ${studyId}: ${trials.length} rows, written by mac study generate-bash.`),
    comment('mac run does the same with records, evaluators and resume.'),
    'set -euo pipefail',
    `cd -- ${shellQuote(workspace)}`,
    '',
  ];
  return `${[...lines, ...trials.flatMap(trial => renderRow(trial, workspace, env))].join('\n')}\n`;
}

function renderRow(trial: Trial, workspace: string, env: ScriptContext['env']): string[] {
  const {id, runner, output_dir, cwd, seed} = trial;
  if (runner.kind === 'reuse') return [comment(`${id}: uses ${runner.source} again`), ''];
  if (runner.kind !== 'command') return [comment(`${id}: ${runner.kind} runs only in mac`), ''];
  const folder = resolve(workspace, output_dir);
  const variables = {MAC_TRIAL_ID: id, MAC_SEED: String(seed ?? ''), MAC_OUTPUT_DIR: folder};
  const [program = '', ...args] = runner.argv;
  const words = [
    'env',
    ...Object.entries(variables).map(([name, value]) => `${name}=${value}`),
    ...Object.entries(trial.environment).map(([name, value]) => `${name}=${value}`),
    ...fillProgramTokens([program, ...args], env),
  ];
  const command = words.map(shellQuote).join(' ');
  // A command that announces its folder makes it itself, below this one or elsewhere.
  const parent = runner.output === 'planned' ? folder : dirname(folder);
  return [
    comment(id),
    `mkdir -p -- ${shellQuote(parent)}`,
    cwd === '.' ? command : `(cd -- ${shellQuote(cwd)} && ${command})`,
    '',
  ];
}

/** Names may hold line breaks, which would end a comment. */
function comment(text: string): string {
  return `# ${text.replaceAll(/[\u0000-\u001f\u007f]/g, ' ')}`;
}
