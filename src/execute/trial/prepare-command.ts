import {mkdir, rename} from 'node:fs/promises';
import {dirname, join, resolve} from 'node:path';

import type {Trial} from '../../core/trial.ts';
import {PACKAGE_ROOT} from '../../core/version.ts';
import {cannotWrite, writeFileAtomic} from '../../record/disk/atomic-file.ts';
import {renderJson} from '../../record/disk/json-text.ts';
import {exists, readIfExists} from '../../record/disk/read-file.ts';
import type {Layout} from '../../record/layout.ts';
import {loaderOptions} from '../../suite/loader/loader.ts';
import {ownsOutput, type TrialPlaces} from './trial-places.ts';

/** A trial's program, with all that it reads on the disk. */
export interface TrialCommand {
  readonly argv: readonly [string, ...string[]];
  /** `$MAC_CONFIG_FILE` */
  readonly configFile: string;
}

/**
 * Makes a trial's folders, writes its configuration and returns what to run; null where nothing runs.
 *
 * @throws UserError `cannot-write`, `packages-missing`.
 */
export async function prepareCommand(trial: Trial, places: TrialPlaces, layout: Layout): Promise<TrialCommand | null> {
  const {runner} = trial;
  if (runner.kind === 'reuse') return null;
  await makeFolders(trial, places);
  switch (runner.kind) {
    case 'command':
      return {
        argv: requireProgram(runner.argv),
        configFile: await writeScratchConfig(trial, places),
      };
    case 'module': {
      const configFile = runner.inspect
        ? await writeScratchConfig(trial, places)
        : await writeModuleConfig(trial, places.output);
      const argv: TrialCommand['argv'] = runner.argv
        ? requireProgram(runner.argv)
        : [process.execPath, ...loaderOptions(), resolve(layout.workspace, runner.file), '--config', configFile];
      return {argv, configFile};
    }
    case 'optimize': {
      const job = join(places.output, 'job.json');
      await writeFileAtomic(job, renderJson(runner.job));
      const program = join(PACKAGE_ROOT, 'dist', 'optimize', 'main.js');
      return {argv: [process.execPath, program, '--job', job], configFile: await writeScratchConfig(trial, places)};
    }
  }
}

/**
 * Writes the configuration that a module reads, `{folder}/config.json`: the trial's, with its folder. What an earlier
 * attempt had otherwise is kept as `config.1.json`, `config.2.json`, …
 *
 * @throws UserError `cannot-write`.
 */
export async function writeModuleConfig({config}: Pick<Trial, 'config'>, folder: string): Promise<string> {
  const path = join(folder, 'config.json');
  const text = renderJson({...config, output_dir: folder});
  const older = await readIfExists(path);
  if (older === text) return path;
  if (older !== undefined) await keepOlder(folder, path);
  await writeFileAtomic(path, text);
  return path;
}

async function keepOlder(folder: string, path: string): Promise<void> {
  let number = 1;
  while (await exists(join(folder, `config.${number}.json`))) number++;
  try {
    await rename(path, join(folder, `config.${number}.json`));
  } catch (error) {
    throw cannotWrite(path, error);
  }
}

async function writeScratchConfig({config}: Trial, {scratch}: TrialPlaces): Promise<string> {
  const path = join(scratch, 'config.json');
  await writeFileAtomic(path, renderJson(config));
  return path;
}

/** Makes its own folder, or only the one above: where it announces its folder, that must not be there beforehand. */
async function makeFolders(trial: Trial, {output, scratch}: TrialPlaces): Promise<void> {
  const isShared = trial.runner.kind === 'module' && trial.runner.inspect;
  for (const folder of [ownsOutput(trial) || isShared ? output : dirname(output), scratch]) {
    try {
      // It may have been removed by hand since this process last made it.
      await mkdir(folder, {recursive: true});
    } catch (error) {
      throw cannotWrite(folder, error);
    }
  }
}

function requireProgram(argv: readonly string[]): TrialCommand['argv'] {
  const [program, ...args] = argv;
  if (program === undefined) throw new Error('Internal error: a trial has an empty command');
  return [program, ...args];
}
