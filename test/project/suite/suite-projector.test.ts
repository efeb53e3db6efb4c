import {existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';

import {describe, expect, test} from 'vitest';

import {systemClock} from '../../../src/core/clock.ts';
import type {TrialPlan} from '../../../src/plan/trial-plan.ts';
import {findChangedCases, findVanishedCases, listDifferences} from '../../../src/project/suite/compare-configs.ts';
import {suiteProjector} from '../../../src/project/suite/suite-projector.ts';
import {createLayout} from '../../../src/record/layout.ts';
import type {TrialRecord} from '../../../src/record/trial/trial-record.ts';
import {temporaryFolder} from '../../support/temporary-folder.ts';
import {aSuite, compileSuite} from '../../plan/suite/a-suite.ts';

const json = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));

function aRun(suite = aSuite()) {
  const workspace = temporaryFolder();
  const layout = createLayout({workspace});
  const {plan} = compileSuite(suite, {runName: '20261120_201310_abc1234'});
  return {workspace, layout, plan, folder: join(workspace, plan.set.folder)};
}

type Run = ReturnType<typeof aRun>;

async function prepare({layout, plan}: Run, changed: TrialPlan = plan): Promise<void> {
  await suiteProjector.prepare?.({layout, plan: changed, trials: changed.trials});
}

const write = ({layout, plan}: Run, records: ReadonlyMap<string, TrialRecord>) =>
  suiteProjector.write({layout, plan, records, git: null, clock: systemClock, env: {}});

function aRecord(plan: TrialPlan, index: number, changes: Partial<TrialRecord>): TrialRecord {
  const planned = plan.trials[index];
  if (!planned) throw new Error('no such trial');
  return {
    schema: 'mac.trial-record/1',
    kind: 'suite',
    set: plan.set.id,
    set_folder: plan.set.folder,
    task_key: planned.key,
    grid_id: 'g1',
    task_id: index,
    trial: planned.trial,
    status: 'succeeded',
    attempt: 1,
    started_at: '2026-11-20T20:13:11.000000',
    finished_at: '2026-11-20T20:13:12.000000',
    duration_seconds: 1,
    output_dir: planned.trial.output_dir,
    command: null,
    exit_code: 0,
    signal: null,
    log_path: `${planned.trial.output_dir}/trial.log`,
    tail: [],
    gpus: [],
    config_sha256: null,
    metrics: {accuracy: 0.5},
    tokens: null,
    result: {},
    evaluations: [],
    where: {} as TrialRecord['where'],
    history: [],
    ...changes,
  };
}

describe('before a run', () => {
  test('every case gets its config with its folder; the same again leaves the files as they are', async () => {
    const run = aRun();
    await prepare(run);
    const path = join(run.folder, 'b_full', 'config.json');
    expect(json(path)).toEqual({model: 'b', seed: 7, output_dir: join(run.folder, 'b_full')});
    const {ino} = statSync(path);
    await prepare(run);
    expect(statSync(path).ino).toBe(ino);
  });

  test('a config that has changed replaces the old one, which is kept', async () => {
    const run = aRun();
    await prepare(run);
    const changed = (model: string) =>
      compileSuite(aSuite({cases: [{variant: 'b_full', config: {model, seed: 7}}]}), {
        runName: '20261120_201310_abc1234',
      });
    await prepare(run, changed('x').plan);
    await prepare(run, changed('y').plan);
    expect(readdirSync(join(run.folder, 'b_full')).toSorted()).toEqual([
      'config.1.json',
      'config.2.json',
      'config.json',
    ]);
    expect(json(join(run.folder, 'b_full', 'config.1.json'))).toMatchObject({model: 'b'});
    expect(json(join(run.folder, 'b_full', 'config.2.json'))).toMatchObject({model: 'x'});
  });

  test('cases in Inspect mode get none', async () => {
    const run = aRun(aSuite({mode: 'inspect'}));
    await prepare(run);
    expect(existsSync(run.folder)).toBe(false);
  });
});

describe('a run that goes on', () => {
  test('finds configs that the suite has changed, and cases that it has no more', async () => {
    const run = aRun();
    await prepare(run);
    expect(await findChangedCases(run.layout, run.plan)).toEqual([]);
    expect(await findVanishedCases(run.layout, run.plan)).toEqual([]);
    const {plan} = compileSuite(aSuite({cases: [{variant: 'b_full', config: {model: 'c', seed: 7, tags: ['x']}}]}), {
      runName: '20261120_201310_abc1234',
    });
    expect(await findChangedCases(run.layout, plan)).toEqual([
      {variant: 'b_full', differences: ['model: "b" → "c"', 'tags: nothing → ["x"]']},
    ]);
    expect(await findVanishedCases(run.layout, plan)).toEqual(['a_full']);
  });

  test('shows differences in depth', () => {
    expect(listDifferences({a: {b: 1, c: [1]}, d: null}, {a: {b: 2, c: [1, 2]}, d: null})).toEqual([
      'a.b: 1 → 2',
      'a.c: [1] → [1,2]',
    ]);
  });
});

describe('the files of a run', () => {
  test('tell how each case ended, and which code it ran', async () => {
    const git = {short: 'abc1234', commit: 'abc1234d', dirty: true, diff_sha256: 'd1ff'};
    const run = aRun(aSuite({git}));
    const records = new Map([['a_full', aRecord(run.plan, 0, {})]]);
    const files = await write(run, records);
    expect(files.map(({label}) => label)).toEqual(['results', 'summary']);
    expect(json(join(run.folder, 'provenance.json'))).toEqual({
      schema: 'mac.suite-provenance/1',
      suite: 'demo',
      run: '20261120_201310_abc1234',
      mode: 'standard',
      file: 'config/suites/demo/suite.ts',
      git,
      code: 'c0de',
      code_files: ['config/suites/demo/run.ts'],
      cases: [{variant: 'a_full', grid_id: 'g1', git, code: 'c0de'}],
    });
    expect(json(join(run.folder, 'summary.json'))).toMatchObject({
      schema: 'mac.suite-summary/1',
      total: 2,
      counts: {succeeded: 1, not_run: 1},
      cases: [
        {variant: 'a_full', seed: 42, status: 'succeeded', metrics: {accuracy: 0.5}},
        {variant: 'b_full', seed: 7, status: null, metrics: {}},
      ],
    });
  });

  test('in Inspect mode name the files that Inspect wrote, and lie beside them', async () => {
    const run = aRun(aSuite({mode: 'inspect'}));
    mkdirSync(run.folder, {recursive: true});
    writeFileSync(join(run.folder, '2026-11-20T20-13-10-00-00_abc1234_a_full_Q1.eval'), '');
    await write(run, new Map());
    expect(readdirSync(run.folder).toSorted()).toEqual([
      '2026-11-20T20-13-10-00-00_abc1234_a_full_Q1.eval',
      '20261120_201310_abc1234.provenance.json',
      '20261120_201310_abc1234.summary.json',
    ]);
    expect(json(join(run.folder, '20261120_201310_abc1234.summary.json'))).toMatchObject({
      cases: [{eval_files: ['2026-11-20T20-13-10-00-00_abc1234_a_full_Q1.eval']}, {eval_files: []}],
    });
  });
});
