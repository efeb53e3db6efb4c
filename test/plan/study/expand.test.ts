import {describe, expect, test} from 'vitest';

import type {Trial} from '../../../src/core/trial.ts';
import {compileStudy, SMALL} from './a-study.ts';

const trialsOf = (text: string): Trial[] => compileStudy(text).plan.trials.map(({trial}) => trial);
const argvOf = ({runner}: Trial): readonly string[] => (runner.kind === 'command' ? runner.argv : []);

/** A study of one condition, with lines for its defaults and its condition. */
const one = (defaults: string, condition: string, hypothesis = '{}'): string => `schema_version: 1
study: {name: demo, scenarios: [s], run_defaults: {${defaults}}}
hypotheses:
  h:
    overrides: ${hypothesis}
    conditions:
      c: {${condition}}
`;

describe('rows of a study', () => {
  test('ids are hypothesis, condition, scenario and seed, in the order of the file', () => {
    const {plan, problems} = compileStudy(SMALL);
    expect(problems).toEqual([]);
    expect(plan.trials.map(({trial}) => trial.id)).toEqual([
      ...['base', 'more'].flatMap(condition =>
        ['forum', 'town'].flatMap(scenario => [11, 12].map(seed => `h1__${condition}__${scenario}__seed${seed}`)),
      ),
      'h2__only__forum__seed5',
      'h2__old__reuse_0',
      'h2__old__reuse_1',
    ]);
    expect(plan.set).toEqual({kind: 'study', id: 'demo', folder: 'experiments/studies/demo/generated'});
  });

  test.each([
    ['seeds: [1, 2], seed: 3, seed_repeats: 2', 'seed: 9', [1, 2]],
    ['seed: 3, seed_repeats: 2', 'seed: 9', [3]],
    ['seed_repeats: 3, seed_start: 5', 'seed: 9', [5, 6, 7]],
    ['', 'seeds: [8], seed_repeats: 2, seed_start: 4', [4, 5]],
    ['', 'seeds: [8], seed_repeats: 2, seed: 6', [6, 7]],
    ['seed_repeats: 2', '', [1, 2]],
    ['', 'seeds: [8, 9], seed: 6', [8, 9]],
    ['', 'seed: 6', [6]],
    ['', '', [1]],
  ])('a condition with {%s} over {%s} has the seeds %j', (condition, defaults, seeds) => {
    const trials = trialsOf(one(defaults, [condition, 'execution: {command: x}'].filter(Boolean).join(', ')));
    expect(trials.map(({seed}) => seed)).toEqual(seeds);
  });

  test('overrides: the condition over the hypothesis over the defaults over keys with a dot', () => {
    const defaults = 'runner_module: sim.run, a.b: 0, c.d: 0, overrides: {c.d: 1, e: 1, f: 1}';
    const [trial] = trialsOf(one(defaults, 'overrides: {f: [3]}', '{e: 2, f: 2}'));
    expect(trial?.details['overrides']).toEqual({'a.b': 0, 'c.d': 1, e: 2, f: [3]});
  });

  test('the cadence of checkpoints is an override where the study asks for it', () => {
    const overrides = (defaults: string): unknown =>
      trialsOf(one(`runner_module: x, ${defaults}`, ''))[0]?.details['overrides'];
    expect(overrides('checkpoint_every_n_steps: 5')).toEqual({checkpoint_every_n_steps: 5});
    expect(overrides('checkpoint_every_n_steps: true')).toEqual({checkpoint_every_n_steps: 1});
    for (const off of ['0', 'false', 'null']) expect(overrides(`checkpoint_every_n_steps: ${off}`)).toEqual({});
  });

  test('a runner module gets its arguments as key=value, sorted', () => {
    const defaults = 'runner_module: sim.run, config_path: "conf/{scenario}.yaml"';
    const overrides = 'overrides: {z: true, k: null, l: [1, "b"], t: "a b", n: "12", "+add": x, m: {q: 1}, seed: 99}';
    const [trial] = trialsOf(one(defaults, overrides));
    expect(argvOf(trial!)).toEqual([
      ...['{python}', '-m', 'sim.run', '--config-path', 'conf/s.yaml'],
      ...['seed=1', 'run_name=demo_h_c_s_seed1', 'output_rootname=experiments/studies/demo/runs/h/c/s/seed_1/run'],
      'experiment_name=demo',
      ...['+add=x', 'k=null', 'l=[1,"b"]', 'm={"q":1}', 'n="12"', 't="a b"', 'z=true'],
    ]);
  });

  test('a runner may be any executable', () => {
    expect(argvOf(trialsOf(one('runner_module: "./sim --fast"', ''))[0]!).slice(0, 3)).toEqual([
      './sim',
      '--fast',
      'seed=1',
    ]);
    expect(argvOf(trialsOf(one('runner_module: [node, sim.mjs]', ''))[0]!).slice(0, 3)).toEqual([
      'node',
      'sim.mjs',
      'seed=1',
    ]);
  });

  test('a sub-experiment is a label, by default the condition', () => {
    const [plain] = trialsOf(one('', 'execution: {command: x}'));
    const [named] = trialsOf(one('', 'sub_experiment: bias, execution: {command: x}'));
    expect(plain?.labels).toEqual({hypothesis: 'h', condition: 'c', sub_experiment: 'c', scenario: 's', seed: 1});
    expect(named?.labels['sub_experiment']).toBe('bias');
  });

  test('a condition has a config, a name, a folder and a working directory of its own', () => {
    const [trial] = trialsOf(
      one(
        'runner_module: m, config_path: a.yaml, run_name_template: a, output_root_override: a',
        'config_path: "b/{condition_id}.yaml", run_name_template: "r_{seed}", output_root_override: "out/{run_id}", working_directory: "w/{scenario}"',
      ),
    );
    expect(argvOf(trial!)).toContain('b/c.yaml');
    expect(trial?.details['run_name']).toBe('r_1');
    expect(trial?.output_dir).toBe('out/h__c__s__seed1');
    expect(trial?.cwd).toBe('w/s');
  });

  test('the folder of execution wins over that of the condition and of the defaults', () => {
    const [ofDefaults] = trialsOf(one('output_root_override: "d/{seed}"', 'execution: {command: x}'));
    const [ofExecution] = trialsOf(
      one(
        'output_root_override: d',
        'output_root_override: c, execution: {command: x, output_root_override: "e/{scenario}"}',
      ),
    );
    expect([ofDefaults?.output_dir, ofExecution?.output_dir]).toEqual(['d/1', 'e/s']);
  });

  test('all placeholders are filled in commands, sub_experiment among them', () => {
    const names = [
      'run_id',
      'study_name',
      'study_id',
      'hypothesis_id',
      'condition_id',
      'sub_experiment',
      'scenario',
      'seed',
    ];
    const [trial] = trialsOf(one('', `execution: {command: "echo ${names.map(name => `{${name}}`).join(' ')}"}`));
    expect(argvOf(trial!)).toEqual(['echo', 'h__c__s__seed1', 'demo', 'demo', 'h', 'c', 'c', 's', '1']);
  });

  test('a command is a list or a text that is split as a shell does', () => {
    expect(argvOf(trialsOf(one('', `execution: {command: "node -e 'a b' \\"c d\\" e\\\\ f"}`))[0]!)).toEqual([
      'node',
      '-e',
      'a b',
      'c d',
      'e f',
    ]);
    expect(argvOf(trialsOf(one('', 'execution: {command: [node, -x, 3, true]}'))[0]!)).toEqual([
      'node',
      '-x',
      '3',
      'true',
    ]);
  });

  test('values with blanks stay one word of a command', () => {
    const [trial] = trialsOf(one('', 'execution: {command: "echo {scenario}"}, scenarios: ["two words"]'));
    expect(argvOf(trial!)).toEqual(['echo', 'two words']);
  });

  test('a grid gets the seed and the overrides as dotted paths', () => {
    const [trial] = trialsOf(
      one('', 'execution: {grid: config/g.yaml}, seed: 7, overrides: {"conversation_config.max_rounds": 2}'),
    );
    expect(trial?.runner).toEqual({
      kind: 'command',
      argv: ['{mac}', 'study-grid', 'config/g.yaml', '--seed=7', 'conversation_config.max_rounds=2'],
      output: 'planned',
    });
  });

  test('without command and runner, the config is one of mac', () => {
    const [trial] = trialsOf(one('config_path: "config/{scenario}.yaml"', 'overrides: {conversation_config.seed: 3}'));
    expect(argvOf(trial!)).toEqual(['{mac}', 'study-grid', 'config/s.yaml', '--seed=1', 'conversation_config.seed=3']);
  });

  test('what a grid file holds is part of the key', () => {
    const text = one('', 'execution: {grid: config/g.yaml}');
    const keyWith = (hash: string): string =>
      compileStudy(text, {fileHashes: {'config/g.yaml': hash}}).plan.trials[0]!.key;
    expect(keyWith('a')).not.toBe(keyWith('b'));
    expect(keyWith('a')).toBe(keyWith('a'));
  });

  test('rows that use earlier runs name them, and run evaluators only where asked to', () => {
    const reuse = (mode: string): Trial =>
      trialsOf(`${one('', `execution: {mode: reuse_existing${mode}}, reuse: {runs: [{source: runs/a/, eval: runs/a/e.json}]}`)}
evaluations: [{command: x}]`)[0]!;
    expect(reuse('').runner).toEqual({
      kind: 'reuse',
      source: 'runs/a',
      evaluation: 'runs/a/e.json',
      re_evaluate: false,
    });
    expect(reuse('').evaluators).toEqual([]);
    expect(reuse(', re_evaluate: true').evaluators.map(({id}) => id)).toEqual(['eval_1']);
    expect(reuse('').labels).toMatchObject({scenario: 's', seed: 1});
  });

  test('two runs used again with one scenario and seed have places of their own', () => {
    const trials = trialsOf(one('', 'execution: {mode: reuse_existing}, reuse: {runs: [{source: a}, {source: b}]}'));
    expect(trials.map(({details}) => details['place'])).toEqual(['h/c/s/seed_1', 'h/c/s/seed_1_reuse_1']);
  });

  test('logs, folders and evaluations are by hypothesis, condition, scenario and seed', () => {
    const [trial] = trialsOf(
      `${one('', 'execution: {command: x}')}evaluations: [{id: a, command: y, output_subpath: out/b.json}]`,
    );
    expect(trial?.details['log_path']).toBe('experiments/studies/demo/generated/logs/h__c__s__seed1.log');
    expect(trial?.output_dir).toBe('experiments/studies/demo/runs/h/c/s/seed_1/run');
    expect(trial?.evaluators[0]?.output).toBe('experiments/studies/demo/generated/eval/h/c/s/seed_1/a/out/b.json');
  });

  test('names cannot leave their folders and long ones are short', () => {
    const [trial] = trialsOf(one('', `scenarios: ["../../etc"], execution: {command: x}`));
    expect(trial?.output_dir).toBe('experiments/studies/demo/runs/h/c/___.._etc/seed_1/run');
    const [long] = trialsOf(one('', `scenarios: ["${'é'.repeat(300)}"], execution: {command: x}`));
    for (const part of long!.output_dir.split('/')) expect(Buffer.byteLength(part)).toBeLessThan(201);
  });

  test('array modes are groupings, by case first', () => {
    const {groupings} = compileStudy(SMALL).plan;
    expect(Object.keys(groupings)).toEqual(['case', 'seed', 'hypothesis', 'run']);
    expect(groupings['case']).toEqual(['hypothesis', 'condition']);
  });

  test('services, time limits, resources and concurrency come from the file', () => {
    const {plan} = compileStudy(`schema_version: 1
study:
  name: demo
  scenarios: [s]
  services: {setup_command: export Z=1, server_command: "serve {port}", server_ready_url: "http://127.0.0.1:{port}/"}
  run_defaults: {max_concurrent: 4, timeout_seconds: 9, resources: {gpus: 1, mem: 4G}}
hypotheses: {h: {conditions: {a: {execution: {command: x}}, b: {execution: {command: x}, timeout_seconds: 0, resources: {gpus: 2}}}}}
`);
    expect(plan.services).toEqual({
      setup: 'export Z=1',
      server: 'serve {port}',
      readyUrl: 'http://127.0.0.1:{port}/',
      readyTimeoutSeconds: 600,
    });
    expect(plan.policy.maxParallel).toBe(4);
    expect(plan.trials.map(({trial}) => [trial.timeout_seconds, trial.resources])).toEqual([
      [9, {gpus: 1, mem: '4G'}],
      [null, {gpus: 2, mem: '4G'}],
    ]);
    expect(compileStudy(SMALL).plan.services).toBeNull();
  });
});
