import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';

import type {TrialPlan} from '../../../src/plan/trial-plan.ts';
import {writeBench} from '../../../src/project/bench/bench.ts';
import type {RunKind} from '../../../src/project/bench/manifest.ts';
import type {ProjectContext, ProjectedFile} from '../../../src/project/projector.ts';
import {identifyExecutor} from '../../../src/record/lease/executor-identity.ts';
import {createLayout} from '../../../src/record/layout.ts';
import type {TrialRecord} from '../../../src/record/trial/trial-record.ts';
import {compileBench} from '../../plan/bench/a-matrix.ts';
import {ManualClock} from '../../support/manual-clock.ts';
import {temporaryFolder} from '../../support/temporary-folder.ts';

/** A run of a matrix, some of whose jobs have records. */
export class ABenchRun {
  readonly workspace = temporaryFolder();
  readonly plan: TrialPlan;
  readonly records = new Map<string, TrialRecord>();
  readonly env: Record<string, string> = {};

  constructor(source: string | object) {
    this.plan = compileBench(source, 'r1').plan;
  }

  get folder(): string {
    return join(this.workspace, this.plan.set.folder);
  }

  jobId(index: number): string {
    return this.plan.trials[index]!.trial.id;
  }

  /** Records that a job ended. */
  record(index: number, change: Partial<TrialRecord> = {}): void {
    const {trial, key} = this.plan.trials[index]!;
    const record: TrialRecord = {
      schema: 'mac.trial-record/1',
      kind: 'bench',
      set: this.plan.set.id,
      set_folder: this.plan.set.folder,
      task_key: key,
      grid_id: 'g1',
      task_id: index,
      trial,
      status: 'succeeded',
      attempt: 1,
      started_at: '2026-11-20T20:13:10.000000Z',
      finished_at: '2026-11-20T20:13:12.000000Z',
      duration_seconds: 2,
      output_dir: trial.output_dir,
      command: null,
      exit_code: 0,
      signal: null,
      log_path: null,
      tail: [],
      gpus: [],
      config_sha256: null,
      metrics: {score_val_initial: -3, score_val_final: -1, score_val: -1},
      tokens: null,
      result: {feedback: 'closer'},
      evaluations: [],
      where: identifyExecutor(),
      history: [],
      ...change,
    };
    this.records.set(trial.id, record);
  }

  /** Puts a file into the folder of a job. */
  put(index: number, name: string, text: string): void {
    const path = join(this.folder, 'jobs', this.jobId(index), name);
    mkdirSync(join(path, '..'), {recursive: true});
    writeFileSync(path, text);
  }

  async write(change: Partial<ProjectContext> = {}, kind: RunKind = 'run'): Promise<readonly ProjectedFile[]> {
    const {workspace, plan, records, env} = this;
    const clock = new ManualClock();
    const git = {
      root: '/code',
      commit: 'c'.repeat(40),
      short: 'ccccccc',
      branch: 'main',
      dirty: true,
      diff_sha256: null,
    };
    const layout = createLayout({workspace});
    return await writeBench({layout, plan, records, git, clock, env, gridId: 'g1', ...change}, kind);
  }

  text(name: string): string {
    return readFileSync(join(this.folder, name), 'utf8');
  }

  json(name: string): any {
    return JSON.parse(this.text(name));
  }

  /** Returns a table as rows of texts; no cell of these tests has a comma or a quote, unless it is JSON. */
  csv(name: string): string[][] {
    return this.text(name).trimEnd().split('\n').map(splitCsv);
  }
}

function splitCsv(line: string): string[] {
  return [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, quoted, plain]) =>
    quoted === undefined ? (plain ?? '') : quoted.replaceAll('""', '"'),
  );
}
