import {mkdirSync} from 'node:fs';
import {join} from 'node:path';

import {systemClock} from '../../../src/core/clock.ts';
import type {Evaluator, Trial} from '../../../src/core/trial.ts';
import {GpuSlots} from '../../../src/execute/trial/gpu-slots.ts';
import {runTrial} from '../../../src/execute/trial/run-trial.ts';
import type {RunTrialOptions} from '../../../src/execute/trial/trial-options.ts';
import {trialKey} from '../../../src/plan/compile-trials.ts';
import {createLayout, type Layout} from '../../../src/record/layout.ts';
import {identifyExecutor} from '../../../src/record/lease/executor-identity.ts';
import {raiseFence} from '../../../src/record/lease/fence.ts';
import {readTrialRecord, trialFileName, type TrialRecord} from '../../../src/record/trial/trial-record.ts';
import {temporaryFolder} from '../../support/temporary-folder.ts';

export const SET = {kind: 'study', id: 'a-study', folder: 'experiments/studies/a-study'};

/** A trial that runs a shell script in its own folder `runs/a`. */
export function makeTrial(script: string, changes: Partial<Trial> = {}): Trial {
  return {
    id: 'a',
    labels: {},
    seed: 11,
    config: {agents: 3},
    runner: {kind: 'command', argv: ['bash', '-c', script], output: 'planned'},
    evaluators: [],
    output_dir: 'runs/a',
    cwd: '.',
    environment: {},
    timeout_seconds: null,
    resources: {gpus: 0},
    code: null,
    details: {},
    ...changes,
  };
}

/** An evaluator that runs a shell script; `$1` is the folder of the run and `$2` its output. */
export function makeEvaluator(id: string, script: string, changes: Partial<Evaluator> = {}): Evaluator {
  return {
    id,
    enabled: true,
    argv: ['bash', '-c', script, 'evaluator', '{run_dir}', '{output_path}'],
    output: `eval/${id}/eval.json`,
    input_mode: 'run_dir',
    run_dir_arg: '--run-dir',
    output_arg: '--output',
    explicit_args: {},
    include_run_dir_in_explicit: true,
    manage_io_args: false,
    ...changes,
  };
}

/** A workspace whose trials run here, one after the other. */
export class TrialBench {
  readonly layout: Layout;
  #attempt = 0;

  constructor() {
    this.layout = createLayout({workspace: temporaryFolder('mac-trial-')});
  }

  path(...parts: string[]): string {
    return join(this.layout.workspace, ...parts);
  }

  makeFolder(...parts: string[]): string {
    const path = this.path(...parts);
    mkdirSync(path, {recursive: true});
    return path;
  }

  async record(id = 'a'): Promise<TrialRecord> {
    const record = await readTrialRecord(this.layout, SET, id);
    if (!record) throw new Error(`no record of ${id}`);
    return record;
  }

  /** Runs a trial as an executor that holds its lease would, with what is recorded of it. */
  async run(trial: Trial, changes: Partial<RunTrialOptions> = {}): Promise<TrialRecord> {
    this.#attempt++;
    const {layout} = this;
    const fence = await raiseFence([layout.trialRecords(SET.kind, SET.id)], trialFileName(trial.id), this.#attempt);
    const {env = process.env, limit = null} = changes;
    try {
      return await runTrial({
        planned: {index: 0, key: trialKey(trial, limit), trial},
        set: SET,
        gridId: 'g',
        taskIndex: 0,
        limit,
        layout,
        clock: systemClock,
        env,
        gpus: new GpuSlots({env, maxParallel: 1}),
        attempt: this.#attempt,
        where: identifyExecutor(),
        earlier: await readTrialRecord(layout, SET, trial.id),
        fence,
        requireCurrent: () => Promise.resolve(),
        stop: {requested: new AbortController().signal, expired: new AbortController().signal},
        ...changes,
      });
    } finally {
      await fence.lower();
    }
  }
}
