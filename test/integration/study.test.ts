import {cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {execa} from 'execa';
import {describe, expect, test} from 'vitest';

import {MAC, runMac, type MacResult} from '../support/mac.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';
import {config, question} from '../support/workspace.ts';

const ROOT = join(import.meta.dirname, '../..');

/** Rows of two hypotheses, of which one condition fails, and one uses an earlier run again. */
const STUDY = `schema_version: 1
study:
  name: demo
  scenarios: [s]
  run_defaults: {seeds: [1, 2], max_concurrent: 4}
evaluations:
  - {id: score, command: [node, ./score.mjs]}
hypotheses:
  h1:
    conditions:
      base: {execution: {command: [node, config/demo/run.mjs, "{seed}", "{sub_experiment}"]}}
      more: {execution: {command: "node config/demo/run.mjs {seed} 'two words'"}, sub_experiment: other}
  h2:
    follows_from: h1
    conditions:
      old: {execution: {mode: reuse_existing, re_evaluate: true}, reuse: {runs: [{source: config/demo/old}]}}
`;

const RUN = `import {mkdirSync, writeFileSync, appendFileSync} from 'node:fs';
const folder = process.env.MAC_OUTPUT_DIR;
mkdirSync(folder, {recursive: true});
appendFileSync('started.txt', process.env.MAC_TRIAL_ID + '\\n');
writeFileSync(folder + '/out.json', JSON.stringify({argv: process.argv.slice(2), seed: process.env.MAC_SEED}));
console.log('Output directory: ' + folder);
`;
const SCORE = `import {readFileSync, writeFileSync} from 'node:fs';
const [, dir, , output] = process.argv.slice(2);
const {seed} = JSON.parse(readFileSync(dir + '/out.json', 'utf8'));
writeFileSync(output, JSON.stringify({aggregated: {seed: Number(seed)}}));
`;

interface Study {
  readonly workspace: string;
  readonly mac: (...args: string[]) => Promise<MacResult>;
  readonly at: (path: string) => string;
  readonly json: (path: string) => any;
  /** Ids of rows whose program was started, in order of their names. */
  readonly started: () => string[];
  readonly write: (text: string) => void;
}

function aStudy(text = STUDY): Study {
  const workspace = temporaryFolder('mac-study-');
  const folder = join(workspace, 'config/demo');
  mkdirSync(join(folder, 'old'), {recursive: true});
  writeFileSync(join(folder, 'old/out.json'), '{"seed": 7}');
  writeFileSync(join(folder, 'run.mjs'), RUN);
  writeFileSync(join(folder, 'score.mjs'), SCORE);
  const write = (content: string): void => writeFileSync(join(folder, 'study.yaml'), content);
  write(text);
  const at = (path: string): string => join(workspace, 'experiments/studies/demo/generated', path);
  return {
    workspace,
    mac: (...args) => runMac(args, {cwd: workspace}),
    at,
    json: path => JSON.parse(readFileSync(at(path), 'utf8')),
    started: () =>
      existsSync(join(workspace, 'started.txt'))
        ? readFileSync(join(workspace, 'started.txt'), 'utf8').trim().split('\n').sort()
        : [],
    write,
  };
}

describe('mac run of a study', () => {
  test('runs rows and evaluators, uses earlier runs again, and writes every file', async () => {
    const {mac, json, at, started, workspace} = aStudy();
    const {exitCode, stderr, stdout} = await mac('run', 'config/demo/study.yaml');
    expect(stderr + stdout).not.toContain('not done');
    expect(exitCode).toBe(0);
    expect(started()).toEqual(['h1__base__s__seed1', 'h1__base__s__seed2', 'h1__more__s__seed1', 'h1__more__s__seed2']);
    const {records} = json('repro_lock.json');
    expect(records.map(({run_id, status}: any) => `${run_id} ${status}`)).toEqual([
      'h1__base__s__seed1 success',
      'h1__base__s__seed2 success',
      'h1__more__s__seed1 success',
      'h1__more__s__seed2 success',
      'h2__old__reuse_0 reused',
    ]);
    expect(readFileSync(at('repro_lock.jsonl'), 'utf8').trim().split('\n')).toHaveLength(5);
    for (const name of ['plan.json', 'run_study.sh', 'study_index.json', 'study_enriched.yaml'])
      expect(existsSync(at(name))).toBe(true);
    expect(readdirSync(at('logs'))).toHaveLength(4);
    const row = JSON.parse(readFileSync(at('organized/h1/more/s/seed_2/run/out.json'), 'utf8'));
    expect(row).toEqual({argv: ['2', 'two words'], seed: '2'});
    expect(json('organized/h2/old/s/seed_1/eval.json')).toEqual({aggregated: {seed: 7}});
    expect(json('organized/summary.json').metrics_by_condition).toEqual({
      h1: {base: {seed: 1.5}, more: {seed: 1.5}},
      h2: {old: {seed: 7}},
    });
    expect(existsSync(join(workspace, 'experiments/studies/demo/runs/h1/base/s/seed_1/run/out.json'))).toBe(true);
  });

  test('h1 first, then h2: nothing of h1 is lost, and nothing runs twice', async () => {
    const {mac, json, started} = aStudy();
    expect((await mac('run', 'config/demo', '--only', 'hypothesis=h1')).exitCode).toBe(0);
    expect(json('repro_lock.json').records).toHaveLength(4);
    expect((await mac('run', 'config/demo', '--only', 'hypothesis=h2')).exitCode).toBe(0);
    expect(json('repro_lock.json').records).toHaveLength(5);
    await mac('run', 'config/demo');
    expect(started()).toHaveLength(4);
    await mac('run', 'config/demo', '--force', '--only', 'seed=1', '--only', 'condition=base');
    expect(started()).toHaveLength(5);
  });

  test('a row runs again when its command has changed, and no other does', async () => {
    const study = aStudy();
    await study.mac('run', 'config/demo');
    study.write(STUDY.replace("'two words'", 'changed'));
    const {stderr} = await study.mac('run', 'config/demo');
    expect(stderr).toContain('has changed');
    expect(study.started().filter(id => id.includes('more'))).toHaveLength(4);
    expect(study.started().filter(id => id.includes('base'))).toHaveLength(2);
  });

  test('a failing row fails the run, and the others go on', async () => {
    const {mac, json} = aStudy(
      STUDY.replace('[node, config/demo/run.mjs, "{seed}", "{sub_experiment}"]', '[node, -e, "process.exit(3)"]'),
    );
    expect((await mac('run', 'config/demo')).exitCode).toBe(1);
    const statuses = json('repro_lock.json').records.map(({status}: any) => status);
    expect(statuses).toEqual(['failed', 'failed', 'success', 'success', 'reused']);
    expect(json('repro_lock.json').records[0]).toMatchObject({return_code: 3});
  });

  test('a run to use again that is not there is told before anything runs', async () => {
    const study = aStudy();
    rmSync(join(study.workspace, 'config/demo/old'), {recursive: true});
    const {exitCode, stderr} = await study.mac('run', 'config/demo', '--only', 'hypothesis=h2');
    expect(exitCode, stderr).toBe(2);
    expect(stderr).toContain('config/demo/old');
  });

  test('several processes that run one row each lose no record', async () => {
    const study = aStudy(STUDY.replace('seeds: [1, 2]', 'seeds: [1, 2, 3]'));
    const seeds = ['1', '2', '3'].flatMap(seed =>
      ['base', 'more'].map(condition => [`seed=${seed}`, `condition=${condition}`]),
    );
    const runs = await Promise.all(
      seeds.map(([seed, condition]) => study.mac('run', 'config/demo', '--only', seed!, '--only', condition!)),
    );
    expect(runs.map(({exitCode}) => exitCode)).toEqual([0, 0, 0, 0, 0, 0]);
    expect(study.json('repro_lock.json').records).toHaveLength(6);
    expect(study.json('organized/summary.json').conditions).toHaveLength(6);
  });

  test('bad input is refused before anything runs: exit 2 with the place', async () => {
    const study = aStudy(STUDY.replace('./score.mjs', './gone.mjs'));
    const gone = await study.mac('run', 'config/demo');
    expect(gone.exitCode).toBe(2);
    expect(gone.stderr).toMatch(/study\.yaml:\d+:\d+: evaluations\.0\.command: found \.\/gone\.mjs/);
    study.write(STUDY.replace('seeds: [1, 2]', 'sedes: [1, 2]'));
    const misspelt = await study.mac('plan', 'config/demo');
    expect(misspelt.exitCode).toBe(2);
    expect(misspelt.stderr).toContain('did you mean "seeds"?');
    study.write(STUDY);
    expect((await study.mac('run', 'config/demo', '--only', 'seed=x')).exitCode).toBe(2);
    expect((await study.mac('run', 'config/demo', '--only', 'colour=x')).exitCode).toBe(2);
    expect(study.started()).toEqual([]);
  });

  test('a filter that fits nothing is no error', async () => {
    const study = aStudy();
    expect((await study.mac('run', 'config/demo', '--only', 'hypothesis=h9')).exitCode).toBe(0);
    expect(study.started()).toEqual([]);
  });
});

describe('mac study', () => {
  test('plan takes a file or its folder, and the filters that studies had', async () => {
    const {mac, workspace} = aStudy();
    const ofFile = await mac('study', 'plan', 'config/demo/study.yaml', '--output', 'p.json');
    expect(ofFile.exitCode).toBe(0);
    expect(ofFile.stdout).toContain('study demo: schema 1, 1 evaluator, 5 rows');
    expect(ofFile.stdout).toContain('h1__more__s__seed2');
    const {plan} = JSON.parse(readFileSync(join(workspace, 'p.json'), 'utf8'));
    expect(plan).toHaveLength(5);
    await mac(
      'study',
      '--study',
      'config/demo',
      'plan',
      '--output',
      'q.json',
      '--only-seed',
      '1,2',
      '--only-hypothesis',
      'h1',
      '--only-sub-experiment',
      'other',
      '--only-condition',
      'more',
    );
    expect(JSON.parse(readFileSync(join(workspace, 'q.json'), 'utf8')).plan).toEqual([plan[2], plan[3]]);
    await mac('study', '--study', 'config/demo', 'plan', '--output', 'r.json', '--only-run-id', 'h1__base__s__seed2');
    expect(JSON.parse(readFileSync(join(workspace, 'r.json'), 'utf8')).plan).toEqual([plan[1]]);
    expect((await mac('study', '--study', 'config/demo', 'plan', '--only-seed', 'x')).exitCode).toBe(2);
    expect((await mac('study', 'plan')).exitCode).toBe(2);
  });

  test('run keeps to the filters; a dry run writes the plan and the script only', async () => {
    const {mac, at, started} = aStudy();
    expect((await mac('study', '--study', 'config/demo', 'run', '--dry-run')).exitCode).toBe(0);
    expect(existsSync(at('plan.json')) && existsSync(at('run_study.sh'))).toBe(true);
    expect(started()).toEqual([]);
    await mac('study', '--study', 'config/demo', 'run', '--only-seed', '1', '--max-concurrent', '2');
    expect(started()).toEqual(['h1__base__s__seed1', 'h1__more__s__seed1']);
  });

  test('a time limit given by a flag ends a row that hangs', async () => {
    const {mac, json} = aStudy(STUDY.replace("node config/demo/run.mjs {seed} 'two words'", 'sleep 600'));
    const {exitCode} = await mac(
      'study',
      '--study',
      'config/demo',
      'run',
      '--only-condition',
      'more',
      '--timeout-seconds',
      '1',
    );
    expect(exitCode).toBe(1);
    expect(json('repro_lock.json').records.map(({status, return_code}: any) => [status, return_code])).toEqual([
      ['timeout', 124],
      ['timeout', 124],
    ]);
  });

  test('hooks of the environment reach the rows', async () => {
    const study = aStudy(STUDY.replace("node config/demo/run.mjs {seed} 'two words'", 'node config/demo/env.mjs'));
    const program = RUN.replace('seed: process.env.MAC_SEED', 'seed: process.env.Z');
    writeFileSync(join(study.workspace, 'config/demo/env.mjs'), program);
    const args = ['study', '--study', 'config/demo', 'run', '--only-condition', 'more', '--only-seed', '1'];
    const {exitCode} = await runMac(args, {cwd: study.workspace, env: {SILISOCS_HPC_SETUP_COMMAND: 'export Z=41'}});
    expect(exitCode).toBe(0);
    expect(study.json('organized/h1/more/s/seed_1/eval.json')).toEqual({aggregated: {seed: 41}});
  });

  test('organize makes the tree again; strays go unless they are to be kept', async () => {
    const {mac, at} = aStudy();
    await mac('run', 'config/demo');
    const list = (): string[] => readdirSync(at('organized'), {recursive: true}).map(String).sort();
    const before = list();
    rmSync(at('organized'), {recursive: true});
    expect((await mac('study', 'organize', 'config/demo', '--dry-run')).stdout).toContain('summary.json');
    expect(existsSync(at('organized'))).toBe(false);
    await mac('study', '--study', 'config/demo', 'organize');
    expect(list()).toEqual(before);
    writeFileSync(at('organized/stray'), '');
    await mac('study', 'organize', 'config/demo', '--keep-existing');
    expect(existsSync(at('organized/stray'))).toBe(true);
    await mac('study', 'organize', 'config/demo');
    expect(list()).toEqual(before);
  });

  test('summary-append adds to the log and the summary, and doubts names that are not there', async () => {
    const {mac, workspace} = aStudy(
      STUDY.replace('  name: demo\n', '  name: demo\n  study_summary_path: notes/S.md\n'),
    );
    const note = ['study', '--study', 'config/demo', 'summary-append', '--author', 'ada'];
    expect((await mac(...note)).exitCode).toBe(2);
    const refusals = [
      [['--note', ' '], '--note is empty'],
      [['--note', 'x', '--author', ''], '--author is empty'],
      [['--note', 'with HF_TOKEN=abcdefgh'], '--note holds what looks like a secret'],
      [['--note', 'x', '--evidence', 'https://ada:pw@host/x'], '--evidence holds what looks like a secret'],
    ] as const;
    for (const [options, message] of refusals) {
      expect(await mac(...note, ...options)).toMatchObject({
        exitCode: 2,
        stderr: expect.stringContaining(message) as string,
      });
    }
    expect(existsSync(join(workspace, 'notes/S.md'))).toBe(false);
    await mac(
      ...note,
      '--note',
      'first',
      '--hypothesis',
      'h1',
      '--condition',
      'base',
      '--evidence',
      'config/demo/study.yaml',
    );
    const second = await mac(...note, '--note', 'second', '--hypothesis', 'h3', '--evidence', 'gone.json');
    expect(second.exitCode).toBe(0);
    expect(second.stderr).toContain('the study has no hypothesis "h3"');
    expect(second.stderr).toContain('there is no evidence at gone.json');
    const lines = readFileSync(join(workspace, 'experiments/studies/demo/summary_log.jsonl'), 'utf8')
      .trim()
      .split('\n');
    expect(lines.map(line => JSON.parse(line))).toMatchObject([
      {author: 'ada', hypothesis: 'h1', condition: 'base', note: 'first', evidence_paths: ['config/demo/study.yaml']},
      {hypothesis: 'h3', condition: null, note: 'second'},
    ]);
    const summary = readFileSync(join(workspace, 'notes/S.md'), 'utf8').replaceAll(
      /\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ/g,
      'TIME',
    );
    expect(summary).toBe(
      '# Summary\n\nStudy: demo\n\n## TIME | ada\nHypothesis: h1\nCondition: base\n\nfirst\n\nEvidence:\n- config/demo/study.yaml\n' +
        '\n## TIME | ada\nHypothesis: h3\nCondition: n/a\n\nsecond\n\nEvidence:\n- gone.json\n',
    );
  });

  test('generate-bash writes a script that runs the rows, and only those that are asked for', async () => {
    const {mac, workspace, started} = aStudy();
    await mac('study', 'generate-bash', 'config/demo', '--output', 'rows.sh', '--only-seed', '2');
    await execa('bash', ['-n', 'rows.sh'], {cwd: workspace});
    await execa('bash', [join(workspace, 'rows.sh')], {cwd: '/'});
    expect(started()).toEqual(['h1__base__s__seed2', 'h1__more__s__seed2']);
  });

  test('submitit and slurm-array show the jobs of the array modes', async () => {
    const {mac} = aStudy();
    const counts = await Promise.all(
      [
        ['case', 3],
        ['seed', 5],
        ['hypothesis', 2],
        ['run', 5],
      ].map(async ([mode, jobs]) => {
        const {stdout, exitCode} = await mac(
          'study',
          '--study',
          'config/demo',
          'slurm-array',
          '--array-mode',
          String(mode),
          '--partition',
          'p',
          '--timeout-minutes',
          '9',
        );
        expect(exitCode).toBe(0);
        expect(stdout).toContain('dry run');
        return stdout.includes(`in ${String(jobs)} jobs`);
      }),
    );
    expect(counts).toEqual([true, true, true, true]);
    expect(
      (await mac('study', '--study', 'config/demo', 'submitit', '--dry-run', '--array-mode', 'cases')).exitCode,
    ).toBe(2);
  });
});

/** A study of two arms of a grid of 12 questions. */
const ARMS = `schema_version: 1
study: {name: demo, scenarios: [s], run_defaults: {seeds: [1]}}
evaluations: [{preset: builtin.activity_summary}]
hypotheses:
  h:
    conditions:
      one: {execution: {grid: config/grid.yaml}, overrides: {agent_definitions.0.persona: judge}}
      two: {config_path: "config/grid.yaml", overrides: {conversation_config.max_rounds: 2}}
`;

function armsStudy(text = ARMS, latencyMs = 1): Study {
  const study = aStudy(text);
  const questions = Array.from({length: 12}, (_, i) => question(`q${i}`));
  writeFileSync(join(study.workspace, 'q.jsonl'), `${questions.join('\n')}\n`);
  const model = `{backend: simulated, max_num_seqs: 1, simulated_config: {latency_median_ms: ${latencyMs}}}`;
  writeFileSync(join(study.workspace, 'config/grid.yaml'), config({model}));
  return study;
}

const ARM = 'experiments/studies/demo/runs/h/one/s/seed_1/run';

describe('a condition that is a grid', () => {
  test('runs in its folder with its overrides, and its conversations are events and metrics', async () => {
    const study = armsStudy();
    const {exitCode, stderr} = await study.mac('run', 'config/demo');
    expect(stderr).not.toContain('error');
    expect(exitCode).toBe(0);
    const effective = readFileSync(join(study.workspace, ARM, 'effective_config.yaml'), 'utf8');
    expect(effective).toContain('persona: judge');
    expect(effective).toMatch(/seed: 1/);
    const [one, two] = study.json('repro_lock.json').records;
    expect(one).toMatchObject({status: 'success', lock: {effective_config_sha256: expect.any(String)}});
    expect(one.metrics).toMatchObject({accuracy: expect.any(Number)});
    expect(one.tokens.total).toBeGreaterThan(0);
    const events = (row: any): number =>
      readFileSync(join(study.workspace, row.run_dir, 'action_events.jsonl'), 'utf8')
        .trim()
        .split('\n').length;
    expect([events(one), events(two)]).toEqual([24, 48]);
    expect(readFileSync(join(study.workspace, ARM, 'probe_events.jsonl'), 'utf8')).toContain('"label": "answer"');
    expect(one.evaluations).toMatchObject([{id: 'activity_summary', status: 'success'}]);
  });

  test('a plan says what is wrong with a grid or an override, and of which condition', async () => {
    const study = armsStudy(ARMS.replace('max_rounds', 'max_round'));
    const {exitCode, stdout} = await study.mac('plan', 'config/demo');
    expect(exitCode).toBe(2);
    expect(stdout).toContain('hypotheses.h.conditions.two: found a grid that does not run (task h__two__s__seed1)');
    expect(stdout).toContain('did you mean "max_rounds"?');
  });

  test('--limit asks only the first questions', async () => {
    const study = armsStudy();
    await study.mac('run', 'config/demo', '--limit', '2', '--only', 'condition=one');
    const lines = readFileSync(join(study.workspace, ARM, 'action_events.jsonl'), 'utf8')
      .trim()
      .split('\n');
    expect(lines).toHaveLength(4);
  });

  test('a changed grid runs again, an unchanged one does not', async () => {
    const study = armsStudy();
    const gridIds = (): string[] => readdirSync(join(study.workspace, ARM, 'workspace/bookkeeping/grid_archive'));
    await study.mac('run', 'config/demo', '--only', 'condition=one');
    await study.mac('run', 'config/demo', '--only', 'condition=one');
    expect(gridIds()).toHaveLength(1);
    writeFileSync(join(study.workspace, 'config/grid.yaml'), config({rounds: 2}));
    await study.mac('run', 'config/demo', '--only', 'condition=one');
    // What it did before is kept beside it.
    expect(gridIds()).toHaveLength(1);
    expect(existsSync(join(study.workspace, `${ARM}.attempt-1`, 'action_events.jsonl'))).toBe(true);
    expect(
      readFileSync(join(study.workspace, ARM, 'action_events.jsonl'), 'utf8')
        .trim()
        .split('\n'),
    ).toHaveLength(48);
  });

  test('killed with -9 it goes on where it was: no question is asked twice', async () => {
    const study = armsStudy(ARMS, 150);
    const index = join(study.workspace, ARM, 'workspace/bookkeeping/e_as-human_index.jsonl');
    const recorded = (): string[] =>
      existsSync(index)
        ? readFileSync(index, 'utf8')
            .trim()
            .split('\n')
            .filter(line => line.endsWith('}'))
        : [];
    const child = execa(process.execPath, [MAC, 'run', 'config/demo', '--only', 'condition=one'], {
      cwd: study.workspace,
      reject: false,
    });
    const timer = setInterval(() => {
      if (recorded().length >= 3) child.kill('SIGKILL');
    }, 5);
    expect((await child).signal).toBe('SIGKILL');
    clearInterval(timer);
    const early = recorded().map(line => JSON.parse(line).transcript_id);
    expect(early.length).toBeLessThan(12);
    const {exitCode} = await study.mac('run', 'config/demo', '--only', 'condition=one');
    expect(exitCode).toBe(0);
    const all = recorded().map(line => JSON.parse(line));
    expect(new Set(all.map(line => line.question_id)).size).toBe(12);
    expect(all).toHaveLength(12);
    expect(all.map(line => line.transcript_id)).toEqual(expect.arrayContaining(early));
    const noteFile = join(study.workspace, ARM, 'study_grid.json');
    expect(readdirSync(join(study.workspace, ARM, 'workspace/bookkeeping/grid_archive'))).toEqual([
      `${JSON.parse(readFileSync(noteFile, 'utf8')).grid_id}.json`,
    ]);
  });
});

describe('the worked studies', () => {
  test.each(['coin_flips', 'two_arms'])('%s runs and is scored', async name => {
    const workspace = temporaryFolder('mac-worked-');
    cpSync(join(ROOT, 'config/studies'), join(workspace, 'config/studies'), {recursive: true});
    cpSync(join(ROOT, 'data/sample'), join(workspace, 'data/sample'), {recursive: true});
    const {exitCode} = await runMac(['run', `config/studies/${name}`], {cwd: workspace});
    expect(exitCode).toBe(0);
    const generated = join(workspace, 'experiments/studies', name, 'generated');
    const {records} = JSON.parse(readFileSync(join(generated, 'repro_lock.json'), 'utf8'));
    expect(records).toHaveLength(9);
    const summary = JSON.parse(readFileSync(join(generated, 'organized/summary.json'), 'utf8'));
    if (name === 'coin_flips') {
      const {fair, bent} = summary.metrics_by_condition.h1_bent;
      expect(bent.share_of_heads).toBeGreaterThan(fair.share_of_heads);
    } else
      expect(summary.metrics_stats_by_condition.h1_persona.judge).toMatchObject({'answer_role.share.biased': {n: 3}});
  });
});
