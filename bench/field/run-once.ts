import {cpSync, mkdirSync, mkdtempSync, writeFileSync} from 'node:fs';
import {join, resolve} from 'node:path';

import type {Experiment, Mode} from './experiments.ts';
import {mac} from './mac.ts';
import type {RealServer} from './real-server.ts';

const SAMPLES = resolve(import.meta.dirname, '../../data/sample');

/** One run of `mac` and where its records are. */
export interface FieldRun {
  readonly name: string;
  readonly workspace: string;
  readonly command: string;
  readonly exitCode: number | undefined;
  readonly seconds: number;
  /** The output of the run at its end. */
  readonly told: string;
}

/** Runs one experiment in a workspace of its own. */
export async function runOnce(options: {
  readonly server: RealServer;
  readonly experiment: Experiment;
  readonly mode: Mode;
  readonly limit: number;
  readonly folder: string;
}): Promise<FieldRun> {
  const {server, experiment, mode, limit, folder} = options;
  const workspace = mkdtempSync(join(folder, 'workspace-'));
  mkdirSync(join(workspace, 'config'));
  cpSync(SAMPLES, join(workspace, 'data/sample'), {recursive: true});
  const config = experiment.config(server.definition, mode);
  // JSON is YAML, and read by the same parser.
  writeFileSync(join(workspace, 'config/field.yaml'), JSON.stringify(config, null, 2));
  const args = ['run', 'config/field.yaml', '--limit', String(experiment.questions(limit))];
  const startMs = performance.now();
  const {exitCode, text} = await mac(args, workspace);
  return {
    name: `${experiment.name}, ${mode.name}`,
    workspace,
    command: `mac ${args.join(' ')}   # ${experiment.name}, ${mode.name}`,
    exitCode,
    seconds: (performance.now() - startMs) / 1000,
    told: text
      .split('\n')
      .filter(line => !isProgress(line))
      .join('\n'),
  };
}

/** A line such as `[0:05]  0/9 questions …`. */
function isProgress(line: string): boolean {
  return /^\[\d+:\d+/.test(line);
}
