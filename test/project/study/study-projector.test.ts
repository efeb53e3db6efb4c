import {execFileSync} from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import {dirname, join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {parse} from 'yaml';

import {mergeMetrics} from '../../../src/execute/trial/metrics.ts';
import type {TrialPlan} from '../../../src/plan/trial-plan.ts';
import type {ProjectContext} from '../../../src/project/projector.ts';
import {findProjector} from '../../../src/project/projectors.ts';
import {writeOrganized} from '../../../src/project/study/study-projector.ts';
import {createLayout} from '../../../src/record/layout.ts';
import type {TrialRecord} from '../../../src/record/trial/trial-record.ts';
import {compileStudy} from '../../plan/study/a-study.ts';
import {ManualClock} from '../../support/manual-clock.ts';
import {temporaryFolder} from '../../support/temporary-folder.ts';
import {anEvaluation, aRecord} from './a-record.ts';

const STUDY = `schema_version: 1
study:
  name: demo
  question: why
  notes: {by: me}
  scenarios: [forum, town]
  parent_studies: [older]
  run_defaults: {seeds: [11, 12]}
evaluations: [{id: score, command: x}]
hypotheses:
  h1:
    statement: it helps
    prediction: more
    conditions:
      base: {execution: {command: [echo, "it's {run_id}"]}, overrides: {k: 1}}
  h2:
    follows_from: h1
    conditions:
      old: {execution: {mode: reuse_existing}, reuse: {runs: [{source: runs/a, eval: runs/a/e.json}]}}
`;
const ROW = 'h1__base__forum__seed11';

interface Project {
  readonly plan: TrialPlan;
  readonly context: ProjectContext;
  /** Path in the folder of derived files. */
  readonly at: (path: string) => string;
  readonly write: (records: readonly TrialRecord[]) => Promise<void>;
  readonly json: (path: string) => any;
}

function aProject(text = STUDY): Project {
  const workspace = realpathSync(temporaryFolder());
  const {plan} = compileStudy(text);
  const layout = createLayout({workspace});
  const context: ProjectContext = {layout, plan, records: new Map(), git: null, clock: new ManualClock(), env: {}};
  const at = (path: string): string => join(workspace, plan.set.folder, path);
  return {
    plan,
    context,
    at,
    write: async records => {
      const byId = new Map(records.map(record => [record.trial.id, record]));
      await findProjector('study')!.write({...context, records: byId});
    },
    json: path => JSON.parse(readFileSync(at(path), 'utf8')),
  };
}

/** Makes the files that a row left: its folder and the output of its evaluator. */
function leaveOutput(project: Project, id: string, payload: object): TrialRecord {
  const record = aRecord(project.plan, id);
  const {workspace} = project.context.layout;
  mkdirSync(join(workspace, record.output_dir!), {recursive: true});
  const path = record.trial.evaluators[0]!.output;
  mkdirSync(dirname(join(workspace, path)), {recursive: true});
  writeFileSync(join(workspace, path), JSON.stringify(payload));
  const {aggregated = {}} = payload as {aggregated?: Record<string, number>};
  return {...record, evaluations: [anEvaluation('score', path, aggregated)], metrics: aggregated};
}

/** Lists files and links below a folder, links with their targets. */
function listTree(folder: string): string[] {
  return readdirSync(folder, {withFileTypes: true, recursive: true})
    .filter(entry => !entry.isDirectory())
    .map(entry => {
      const path = join(entry.parentPath, entry.name);
      const name = path.slice(folder.length + 1);
      return entry.isSymbolicLink() ? `${name} -> ${readlinkSync(path)}` : name;
    })
    .sort();
}

describe('files of a study', () => {
  test('plan.json has every row with the fields of the format', async () => {
    const project = aProject();
    await project.write([]);
    const {schema_version: version, plan} = project.json('plan.json');
    expect(version).toBe(1);
    expect(plan).toHaveLength(5);
    expect(plan[0]).toMatchObject({
      run_id: ROW,
      study_id: 'demo',
      hypothesis: 'h1',
      condition: 'base',
      sub_experiment: 'base',
      scenario: 'forum',
      seed: 11,
      run_name: 'demo_h1_base_forum_seed11',
      planned_output_rootname: 'experiments/studies/demo/runs/h1/base/forum/seed_11/run',
      working_directory: '.',
      mode: 'run',
      reused_source: null,
      re_evaluate: false,
      overrides: {k: 1},
      command: ['echo', `it's ${ROW}`],
    });
    expect(plan[4]).toMatchObject({mode: 'reuse_existing', command: null, reused_source: 'runs/a'});
  });

  test('run_study.sh can be executed, makes the folders and prints what the rows print', async () => {
    const project = aProject();
    await project.write([]);
    const script = project.at('run_study.sh');
    expect(statSync(script).mode & 0o111).toBe(0o111);
    const output = execFileSync('bash', [script], {encoding: 'utf8'});
    expect(output.split('\n')[0]).toBe(`it's ${ROW}`);
    expect(output.trim().split('\n')).toHaveLength(4);
    expect(
      existsSync(join(project.context.layout.workspace, 'experiments/studies/demo/runs/h1/base/town/seed_12')),
    ).toBe(true);
    expect(readFileSync(script, 'utf8')).toContain('# h2__old__reuse_0: uses runs/a again');
  });

  test('repro_lock.json has finished rows by run id, with the environment', async () => {
    const project = aProject();
    const started = aRecord(project.plan, 'h1__base__town__seed12', {status: 'started', finished_at: null});
    await project.write([
      aRecord(project.plan, 'h2__old__reuse_0'),
      aRecord(project.plan, ROW, {config_sha256: 'abc', gpus: ['0', '1']}),
      started,
    ]);
    const {records, environment, schema_version: version} = project.json('repro_lock.json');
    expect(version).toBe(1);
    expect(records.map((record: any) => record.run_id)).toEqual([ROW, 'h2__old__reuse_0']);
    expect(records[0]).toMatchObject({
      study: 'demo',
      status: 'success',
      started_at: '2026-01-31T09-08-07Z',
      finished_at: '2026-01-31T09-08-09Z',
      return_code: 0,
      resolved_overrides: {k: 1},
      lock: {
        effective_config_path: 'experiments/studies/demo/runs/h1/base/forum/seed_11/run/effective_config.yaml',
        effective_config_sha256: 'abc',
      },
      gpu_binding: '0,1',
      reused: null,
    });
    expect(records[1]).toMatchObject({status: 'reused', reused: {source: 'runs/a', eval: 'runs/a/e.json'}});
    expect(environment).toMatchObject({git_commit: null, runtime: `node ${process.versions.node}`});
  });

  test('a row that took too long is a timeout with return code 124', async () => {
    const project = aProject();
    await project.write([
      aRecord(project.plan, ROW, {status: 'timeout', reason: 'no end after 9 s', exit_code: null, signal: 'SIGKILL'}),
    ]);
    expect(project.json('repro_lock.json').records[0]).toMatchObject({
      status: 'timeout',
      return_code: 124,
      error: 'no end after 9 s',
    });
  });

  test('repro_lock.jsonl grows by one line for every row that ends, also when it runs again', async () => {
    const project = aProject();
    const first = aRecord(project.plan, ROW, {status: 'failed'});
    const lines = (): any[] =>
      readFileSync(project.at('repro_lock.jsonl'), 'utf8')
        .trim()
        .split('\n')
        .map(line => JSON.parse(line));
    await project.write([first]);
    await project.write([first]);
    expect(lines().map(({status}) => status)).toEqual(['failed']);
    await project.write([aRecord(project.plan, ROW, {attempt: 2}), aRecord(project.plan, 'h2__old__reuse_0')]);
    expect(lines().map(({run_id, status}) => [run_id, status])).toEqual([
      [ROW, 'failed'],
      [ROW, 'success'],
      ['h2__old__reuse_0', 'reused'],
    ]);
  });

  test('h1, then h2: both are in every file', async () => {
    const project = aProject();
    const first = leaveOutput(project, ROW, {aggregated: {m: 1}});
    await project.write([first]);
    await project.write([first, aRecord(project.plan, 'h2__old__reuse_0')]);
    expect(project.json('repro_lock.json').records.map((record: any) => record.hypothesis)).toEqual(['h1', 'h2']);
    expect(existsSync(project.at('organized/h1/base/forum/seed_11/config.yaml'))).toBe(true);
    expect(existsSync(project.at('organized/h2/old/forum/seed_1/config.yaml'))).toBe(true);
  });

  test('a row that is no longer in the file keeps its record', async () => {
    const before = aProject();
    const former = aRecord(before.plan, ROW);
    const project = aProject(STUDY.replace('base:', 'renamed:'));
    await project.write([former]);
    expect(project.json('repro_lock.json').records.map((record: any) => record.run_id)).toEqual([ROW]);
    expect(existsSync(project.at('organized/h1/base/forum/seed_11/config.yaml'))).toBe(true);
  });

  test('study_index.json and study_enriched.yaml have lineage, free text and records', async () => {
    const project = aProject();
    await project.write([aRecord(project.plan, ROW)]);
    expect(project.json('study_index.json').study).toEqual({name: 'demo', study_id: 'demo', parent_studies: ['older']});
    const enriched = parse(readFileSync(project.at('study_enriched.yaml'), 'utf8'));
    expect(enriched.study.notes).toEqual({by: 'me'});
    expect(enriched.generated.records.map((record: any) => record.run_id)).toEqual([ROW]);
  });
});

describe('the organized tree of a study', () => {
  const organized = async (): Promise<Project> => {
    const project = aProject();
    await project.write([
      leaveOutput(project, ROW, {aggregated: {m: 1}, summary: {rows: 3}, agents: {a: {m: 1}}}),
      leaveOutput(project, 'h1__base__forum__seed12', {aggregated: {m: 3}}),
      leaveOutput(project, 'h1__base__town__seed11', {aggregated: {m: 10}}),
      aRecord(project.plan, 'h1__base__town__seed12', {status: 'failed', output_dir: null, metrics: {m: 99}}),
    ]);
    return project;
  };

  test('holds summaries, hypotheses, and for every row its config and links to run and evaluations', async () => {
    const project = await organized();
    const row = 'h1/base/forum/seed_11';
    expect(listTree(project.at('organized')).filter(path => path.startsWith(row))).toEqual([
      `${row}/config.yaml`,
      `${row}/eval.json -> ../../../../../eval/h1/base/forum/seed_11/score/eval.json`,
      `${row}/eval/score/eval.json -> ../../../../../../../eval/h1/base/forum/seed_11/score/eval.json`,
      `${row}/run -> ../../../../../../runs/h1/base/forum/seed_11/run`,
    ]);
    expect(statSync(project.at(`organized/${row}/run`)).isDirectory()).toBe(true);
    expect(JSON.parse(readFileSync(project.at(`organized/${row}/eval.json`), 'utf8'))).toMatchObject({
      aggregated: {m: 1},
    });
    const failed = listTree(project.at('organized')).filter(path => path.startsWith('h1/base/town/seed_12'));
    expect(failed).toEqual(['h1/base/town/seed_12/config.yaml']);
    expect(parse(readFileSync(project.at('organized/study_summary.yaml'), 'utf8'))).toEqual({
      name: 'demo',
      study_id: 'demo',
      question: 'why',
      scenarios: ['forum', 'town'],
      hypotheses: ['h1', 'h2'],
    });
    expect(parse(readFileSync(project.at('organized/h2/hypothesis.yaml'), 'utf8'))).toMatchObject({
      id: 'h2',
      status: 'testing',
      follows_from: 'h1',
      conditions: ['old'],
    });
    expect(parse(readFileSync(project.at(`organized/${row}/config.yaml`), 'utf8'))).toMatchObject({
      run_id: ROW,
      status: 'success',
      seed: 11,
      overrides: {k: 1},
      reproduce: ['echo', `it's ${ROW}`],
    });
  });

  test('config.yaml names model, steps and agents of the effective config', async () => {
    const project = aProject();
    const record = leaveOutput(project, ROW, {});
    const folder = join(project.context.layout.workspace, record.output_dir!);
    writeFileSync(join(folder, 'effective_config.yaml'), 'model: {name: small}\nnum_steps: 5\nagents: [a, b, c]\n');
    await project.write([record]);
    const config = parse(readFileSync(project.at('organized/h1/base/forum/seed_11/config.yaml'), 'utf8'));
    expect(config).toMatchObject({model: 'small', steps: 5, agents: 3});
  });

  test('summary.json has replicate statistics of a condition, in all and by scenario; failed rows do not count', async () => {
    const project = await organized();
    const summary = project.json('organized/summary.json');
    expect(summary.conditions.map((each: any) => each.run_id)).toHaveLength(3);
    expect(summary.metrics_by_condition.h1.base.m).toBeCloseTo(14 / 3, 12);
    const forum = summary.metrics_stats_by_scenario.h1.base.forum.m;
    expect(forum).toMatchObject({n: 2, mean: 2});
    expect(forum.stdev).toBeCloseTo(Math.SQRT2, 12);
    // t(0.975, 1) = 12.706; half width = 12.706 × √2 ÷ √2.
    expect(forum.ci95_low).toBeCloseTo(2 - 12.7062, 3);
    expect(summary.metrics_stats_by_scenario.h1.base.town.m).toEqual({
      n: 1,
      mean: 10,
      stdev: null,
      ci95_low: null,
      ci95_high: null,
    });
  });

  test('runs.json has what every evaluator says of a row', async () => {
    const project = await organized();
    const [first, , , failed] = project.json('organized/h1/runs.json');
    expect(first).toMatchObject({
      run_id: ROW,
      aggregated: {m: 1},
      summary: {rows: 3},
      agents: {a: {m: 1}},
      aggregated_stats: {m: {n: 1, mean: 1, stdev: null}},
    });
    expect(failed.status).toBe('failed');
  });

  test('evaluators with one name for different things are told apart, never averaged', async () => {
    const project = aProject();
    const record = leaveOutput(project, ROW, {aggregated: {m: 1, own: 5}});
    const [score] = record.evaluations;
    const evaluations = [score!, anEvaluation('other', null, {m: 3})];
    await project.write([{...record, evaluations, metrics: mergeMetrics({speed: 7}, evaluations)}]);
    const [row] = project.json('organized/summary.json').conditions;
    expect(row.aggregated).toEqual({'score.m': 1, 'other.m': 3, own: 5, speed: 7});
  });

  test('is rebuilt from the records alone, to the same names and bytes', async () => {
    const project = await organized();
    const tree = listTree(project.at('organized'));
    const summary = readFileSync(project.at('organized/summary.json'), 'utf8');
    rmSync(project.at('organized'), {recursive: true});
    writeFileSync(join(project.at('.'), 'stray'), '');
    const again = await organized();
    expect(listTree(again.at('organized'))).toEqual(tree);
    expect(readFileSync(again.at('organized/summary.json'), 'utf8')).toBe(summary);
  });

  test('strays go, and stay where they are to be kept; a dry run touches nothing', async () => {
    const project = await organized();
    const stray = project.at('organized/h1/stray/note.txt');
    const leave = (): void => {
      mkdirSync(dirname(stray), {recursive: true});
      writeFileSync(stray, '');
    };
    leave();
    await writeOrganized(project.context, {keepOthers: true});
    expect(existsSync(stray)).toBe(true);
    const planned = await writeOrganized(project.context, {dryRun: true});
    expect(planned).toContain('summary.json');
    expect(existsSync(stray)).toBe(true);
    await writeOrganized(project.context);
    expect(existsSync(stray)).toBe(false);
  });

  test('what is behind a link is never removed', async () => {
    const project = await organized();
    await writeOrganized(project.context);
    await writeOrganized({...project.context, records: new Map()});
    expect(existsSync(project.at('organized/h1/base/forum/seed_11'))).toBe(false);
    expect(existsSync(project.at('../runs/h1/base/forum/seed_11/run'))).toBe(true);
    expect(existsSync(project.at('eval/h1/base/forum/seed_11/score/eval.json'))).toBe(true);
  });
});
