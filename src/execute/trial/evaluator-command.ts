import {readdir, stat} from 'node:fs/promises';
import {join} from 'node:path';

import type {Evaluator} from '../../core/trial.ts';

/** Files of a run that an evaluator may be given one by one; of checkpoints the newest. */
const ARTEFACTS: Readonly<Record<string, string>> = {
  effective_config: 'effective_config.yaml',
  metrics: 'metrics.json',
  prompts: 'prompts_and_responses.jsonl',
  run_stats: 'run_stats.log',
};
const CHECKPOINTS = 'checkpoints';

/** Fills in what an evaluator's command can only know when the run has ended, and adds where to read and write. */
export async function evaluatorCommand(
  evaluator: Evaluator,
  runFolder: string,
  outputPath: string,
): Promise<readonly [string, ...string[]]> {
  const [program = '', ...args] = evaluator.argv.map(word =>
    word.replaceAll('{run_dir}', runFolder).replaceAll('{output_path}', outputPath),
  );
  if (!evaluator.manage_io_args) return [program, ...args];
  const input = [evaluator.run_dir_arg, runFolder];
  const output = [evaluator.output_arg, outputPath];
  if (evaluator.input_mode === 'run_dir') return [program, ...args, ...input, ...output];
  const explicit = await explicitArguments(evaluator.explicit_args, runFolder);
  return [program, ...args, ...explicit, ...(evaluator.include_run_dir_in_explicit ? input : []), ...output];
}

async function explicitArguments(flags: Readonly<Record<string, string>>, folder: string): Promise<string[]> {
  const words: string[] = [];
  for (const [artefact, flag] of Object.entries(flags)) {
    const path = await findArtefact(artefact, folder);
    if (path !== undefined) words.push(flag, path);
  }
  return words;
}

async function findArtefact(artefact: string, folder: string): Promise<string | undefined> {
  if (artefact === 'checkpoint') return await findNewestCheckpoint(join(folder, CHECKPOINTS));
  const name = ARTEFACTS[artefact];
  if (name === undefined) return undefined;
  const path = join(folder, name);
  return (await isFile(path)) ? path : undefined;
}

/** Finds the checkpoint of the highest step: the last number in its name. */
async function findNewestCheckpoint(folder: string): Promise<string | undefined> {
  const names = (await readdir(folder).catch(() => [])).filter(name => name.endsWith('.json'));
  const step = (name: string): number => Number(/(\d+)\D*$/.exec(name)?.[1] ?? -1);
  const [newest] = names.toSorted((a, b) => step(b) - step(a) || (a < b ? 1 : -1));
  return newest === undefined ? undefined : join(folder, newest);
}

async function isFile(path: string): Promise<boolean> {
  return await stat(path).then(
    found => found.isFile(),
    () => false,
  );
}
