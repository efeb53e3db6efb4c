import {mkdirSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {parse} from 'yaml';

import {planCommand, type PlanOptions} from '../../src/cli/commands/plan.ts';
import {renderPlan, renderPlanJson} from '../../src/cli/render/render-plan.ts';
import {aCommandIo} from '../support/command-io.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';
import {question} from '../support/workspace.ts';
import {aConfig} from '../config/a-config.ts';
import {gridPlan} from './a-plan.ts';

const GRID = {
  sweep: {'agent_definitions.0.persona': [null, 'nurse']},
  zip: {
    benchmark: [
      {'experiment_metadata.benchmark_subcategory': 'one', 'experiment_metadata.questions_file': 'one.jsonl'},
      {'experiment_metadata.benchmark_subcategory': 'two', 'experiment_metadata.questions_file': 'two.jsonl'},
    ],
  },
};

/** Runs the command on a config in a workspace with two question files, of 2 and 3 questions. */
async function plan(
  config: object,
  options: PlanOptions = {},
  files: Readonly<Record<string, string>> = {},
): Promise<{exitCode: number; text: string}> {
  const cwd = temporaryFolder('mac-plan-');
  mkdirSync(join(cwd, 'config'));
  writeFileSync(join(cwd, 'one.jsonl'), `${question('a')}\n${question('b')}\n`);
  writeFileSync(join(cwd, 'two.jsonl'), `${question('a')}\n${question('b')}\n${question('c')}\n`);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(cwd, name)), {recursive: true});
    writeFileSync(join(cwd, name), text);
  }
  writeFileSync(join(cwd, 'config/c.yaml'), JSON.stringify(config));
  // No PATH, no Slurm: what a cluster beside the tests says is for test/integration.
  const {io, written} = aCommandIo(cwd, {OPENAI_API_KEY: 'k', PATH: ''});
  const exitCode = await planCommand('config/c.yaml', options, io);
  return {exitCode, text: written.stdout};
}

describe('mac plan', () => {
  test('shows the dimensions, what it would cost, the arrays and nothing else when all is well', async () => {
    const {exitCode, text} = await plan({_grid: GRID, ...aConfig()});
    expect(exitCode).toBe(0);
    expect(text).toBe(`config/c.yaml: 4 tasks

  varies                       by     values
  agent_definitions.0.persona  sweep  2       null, nurse
  benchmark                    zip    2       one, two

  tasks           4
  questions       10
  conversations   10
  model requests  40 (without repeated ones)
    llm_0         40

  one.jsonl  2 questions  2 tasks
  two.jsonl  3 questions  2 tasks

on plain Slurm (yours: --profile NAME, --partition NAME, …)

  4 tasks in 4 jobs, no GPUs: at most 1 s a job
    --array=0-3    bookkeeping/slurm/GRID/array_1_0.sbatch

  estimate: about 4 s of jobs, from 10 requests a second in a job (calibrate: docs/slurm.md)
  no Slurm on this machine: limits of the cluster are not checked

`);
  });

  test('counts repetitions and limits', async () => {
    const {text} = await plan({_grid: GRID, ...aConfig()}, {rep: 3, limit: 2});
    expect(text).toMatch(
      /4 tasks × 3 repetitions[^]*tasks +12\n[^]*questions +24 \(at most 2 a task\)[^]*requests +96/,
    );
  });

  test('lists every task with what it varies', async () => {
    const {text} = await plan({_grid: GRID, ...aConfig()}, {all: true});
    expect(text.match(/^ {2}\[\d.*$/gm)).toEqual([
      '  [0]  0.persona=null  benchmark=one',
      '  [1]  0.persona=null  benchmark=two',
      '  [2]  0.persona=nurse  benchmark=one',
      '  [3]  0.persona=nurse  benchmark=two',
    ]);
  });

  test("prints one task's whole config, defaults included", async () => {
    const {exitCode, text} = await plan({_grid: GRID, ...aConfig()}, {task: 2});
    const config = parse(text);
    expect(exitCode).toBe(0);
    expect(config.agent_definitions[0].persona).toBe('nurse');
    expect(config.experiment_metadata.questions_file).toBe('one.jsonl');
    expect(config.prompt_template_config.for_participant.choice_display_format).toBe('bullet');
    expect(config).not.toHaveProperty('_grid');
    await expect(plan({_grid: GRID, ...aConfig()}, {task: 4})).rejects.toThrow('there is no task 4');
  });

  test('has a form for machines, with every task when asked for', async () => {
    const whole = JSON.parse((await plan({_grid: GRID, ...aConfig()}, {json: true, all: true})).text);
    const {task_list: tasks, ...head} = whole;
    expect(JSON.parse((await plan({_grid: GRID, ...aConfig()}, {json: true})).text)).toEqual({
      ...head,
      source: expect.any(Object),
      cluster: expect.objectContaining({gpu_hours: 0}),
    });
    expect(head).toMatchObject({
      schema: 'mac.plan/1',
      tasks: 4,
      problems: [],
      summary: {questions: 10, conversations: 10, requests: 40, requests_by_model: {llm_0: 40}},
    });
    expect(tasks.map((task: any) => task.task_id)).toEqual([0, 1, 2, 3]);
    expect(tasks[3].grid_sweep_specs).toEqual({
      'agent_definitions.0.persona': 'nurse',
      benchmark: GRID.zip.benchmark[1],
    });
    expect(new Set(tasks.map((task: any) => task.task_key)).size).toBe(4);
  });

  test('ends with 2 and names every problem with its place when something is wrong', async () => {
    const broken = structuredClone(GRID) as any;
    broken.zip.benchmark[1]['experiment_metadata.questions_file'] = 'absent.jsonl';
    const {exitCode, text} = await plan({_grid: broken, ...aConfig({'conversation_config.max_rounds': 0})});
    expect(exitCode).toBe(2);
    expect(text).toMatch(/c\.yaml:1:\d+: conversation_config\.max_rounds: found 0/);
    expect(text).toContain('nothing can run yet');
    const {text: missing} = await plan({_grid: broken, ...aConfig()});
    const column = JSON.stringify({_grid: broken}).lastIndexOf('"experiment_metadata.questions_file"') + 1;
    expect(missing).toMatch(new RegExp(`c\\.yaml:1:${column}: .*absent\\.jsonl: no such question file.*\\(2 tasks\\)`));
  });

  test('counts the warnings of a question file and says how to see them', async () => {
    const oddQuestions = `${question('a', {choices: []})}\n${question('b', {correct_answer_id: 'Z'})}\n`;
    const {exitCode, text} = await plan({_grid: GRID, ...aConfig()}, {}, {'one.jsonl': oddQuestions});
    expect(exitCode).toBe(0);
    expect(text).toMatch(/warning: .*a question file with 2 warnings.* see mac data check \/.*one\.jsonl \(2 tasks\)/);
  });

  test('refuses equal tasks, but not under compatibility: reference', async () => {
    const grid = {sweep: {'experiment_metadata.experiment_name': ['a_as-ai', 'b_as-ai']}};
    const config = aConfig({'experiment_metadata.questions_file': 'one.jsonl'});
    const {exitCode, text} = await plan({_grid: grid, ...config});
    expect([exitCode, text]).toEqual([2, expect.stringContaining('tasks 0 and 1, which would give the same results')]);
    expect((await plan({_grid: grid, ...config, compatibility: 'reference'})).exitCode).toBe(0);
  });
});

/** Four GPUs a replica and two replicas, without an address. */
const SERVED = {
  backend: 'vllm',
  model_path: 'org/m',
  max_num_seqs: 8,
  vllm_config: {tensor_parallel_size: 4, data_parallel_size: 2},
};

describe('mac plan without a word about a cluster', () => {
  test('shows groups, arrays, indices, GPUs a job and hours', async () => {
    const {exitCode, text} = await plan({_grid: GRID, ...aConfig({model_definitions: {llm_0: SERVED}})});
    expect(exitCode).toBe(0);
    expect(text).toContain('  4 tasks in 4 jobs, 8 GPUs a job: about 2.7 GPU-hours, at most 5 min a job\n');
    expect(text).toMatch(/^ {4}llm_0: org\/m, 8 GPUs\n {4}--array=0-3 +bookkeeping\/slurm\/GRID\/array_1_0\.sbatch$/m);
    const devices = {...SERVED, vllm_config: {gpu_device_ids: [0, 1, 2]}};
    const few = await plan({_grid: GRID, ...aConfig({model_definitions: {llm_0: devices}})});
    expect(few.text).toContain('3 GPUs a job');
  });

  test('takes the profile of the name default, where the user has one', async () => {
    const profile = 'partition: gpu\nmodel_load_seconds: 3600\ntasks_per_job: 2\n';
    const files = {'slurm/profiles/default.yaml': profile};
    const {text} = await plan({_grid: GRID, ...aConfig({model_definitions: {llm_0: SERVED}})}, {}, files);
    expect(text).toContain('on Slurm, profile default\n');
    expect(text).toContain('4 tasks in 2 jobs, 8 GPUs a job: about 16 GPU-hours');
  });

  test('shows the arrays also while the question files are missing, whose list and command are one line', async () => {
    const names = ['bbq_age', 'bbq_ses', 'bbq_religion'];
    const benchmark = names.map(name => ({
      'experiment_metadata.benchmark_subcategory': name,
      'experiment_metadata.questions_file': `data/bbq/${name}.jsonl`,
    }));
    const config = {_grid: {zip: {benchmark}}, ...aConfig({model_definitions: {llm_0: SERVED}})};
    const {exitCode, text} = await plan(config);
    expect(exitCode).toBe(2);
    expect(text).toContain('3 tasks in 3 jobs, 8 GPUs a job\n');
    expect(text).toContain('estimate: none, since question files are missing');
    expect(text.match(/^(?:problem|warning): .*$/gm)).toEqual([
      expect.stringMatching(
        /found 3 question files that are not there \(in data\/bbq: bbq_age\.jsonl, bbq_ses\.jsonl, bbq_religion\.jsonl\), expected .* mac data format bbq --input \S+ --output data\/bbq \(3 tasks\)$/,
      ),
    ]);
    const {cluster, problems} = JSON.parse((await plan(config, {json: true})).text);
    expect([cluster.gpu_hours, cluster.groups[0].gpus, problems.length]).toEqual([null, 8, 1]);
  });

  test.each([
    ['vllm', {...SERVED, api_config: {base_url: 'http://127.0.0.1:8000/v1'}}, 'llm_0.api_config.base_url'],
    [
      'openai',
      {backend: 'openai', model_name: 'm', api_config: {base_url: 'http://[::1]/v1'}},
      'llm_0.api_config.base_url',
    ],
    ['ollama', {backend: 'ollama', model_name: 'm'}, 'llm_0.ollama_api_url'],
  ])('warns of a model of %s that jobs would look for on their own nodes, with what to do', async (_, model, path) => {
    const {exitCode, text} = await plan({_grid: GRID, ...aConfig({model_definitions: {llm_0: model}})});
    expect(exitCode).toBe(0);
    expect(text).toMatch(
      new RegExp(`warning: .*model_definitions\\.${path}: .*a server on this machine.*--allow-loopback`),
    );
  });

  test('warns of nothing where an address is reached from everywhere', async () => {
    const model = {...SERVED, api_config: {base_url: 'http://gpu-box:8000/v1'}};
    expect((await plan({_grid: GRID, ...aConfig({model_definitions: {llm_0: model}})})).text).not.toContain('warning');
  });
});

describe('mac plan of options that are not sent', () => {
  const silent = {backend: 'openai', model_name: 'm', api_config: {send_temperature: false}};
  const files = {'experiment_metadata.questions_file': 'one.jsonl', model_definitions: {llm_0: silent}};

  test('says which option of which agent does not reach which backend', async () => {
    const {exitCode, text} = await plan(aConfig({...files, 'agent_definitions.0.top_k': 40}));
    expect(exitCode).toBe(0);
    expect(text).toMatch(
      /warning: .*agent_definitions\.0\.top_k: found top_k of agent spkr_000, which does not reach llm_0 \(backend: openai\): its interface/,
    );
    expect(text).toMatch(
      /warning: .*found temperature of 2 agents, which does not reach llm_0.*send_temperature is false/,
    );
  });

  test('refuses a sweep that makes equal cells, and says why they are equal', async () => {
    const sweep = {'agent_definitions.0.temperature': [0, 0.5, 1]};
    const {exitCode, text} = await plan({_grid: {sweep}, ...aConfig(files)});
    expect(exitCode).toBe(2);
    expect(text).toMatch(
      /problem: .*tasks 0 and 1 \(and 1 more such pair\), which would send the same requests \(agent_definitions\.0\.temperature: 0 and 0\.5\).*temperature does not reach llm_0: api_config\.send_temperature is false/,
    );
    const sent = {...files, model_definitions: {llm_0: {backend: 'openai', model_name: 'm'}}};
    expect((await plan({_grid: {sweep}, ...aConfig(sent)})).exitCode).toBe(0);
  });
});

describe('mac plan of contexts', () => {
  const served = (max_model_len: number) => ({
    backend: 'vllm',
    model_path: 'm',
    max_num_seqs: 8,
    vllm_config: {max_model_len},
  });
  const planWith = (model: object, changes: object = {}) =>
    plan(aConfig({'experiment_metadata.questions_file': 'one.jsonl', model_definitions: {llm_0: model}, ...changes}));

  test.each([
    ['max_model_len', served(256)],
    ['num_ctx', {backend: 'ollama', model_name: 'm', ollama_config: {num_ctx: 200}}],
  ])('refuses replies that leave no room in %s', async (key, model) => {
    const {exitCode, text} = await planWith(model);
    expect(exitCode).toBe(2);
    expect(text).toMatch(
      new RegExp(`problem: .*agent_definitions\\.0\\.max_tokens: found 256, and a context of \\d+ tokens \\(${key}\\)`),
    );
  });

  test('warns with numbers of a last round that may not fit', async () => {
    const {exitCode, text} = await planWith(served(900));
    expect(exitCode).toBe(0);
    expect(text).toMatch(
      /warning: .*max_model_len: found a context of 900 tokens, and a last request of spkr_000 that may take about 1\d{3} \(2\d\d of the question, 552 of what 2 agents said at their longest, 256 for the reply\)/,
    );
  });

  test('counts only what an agent gets to see, and nothing where one round is all or nobody knows the context', async () => {
    for (const changes of [
      {'conversation_config.max_rounds': 1},
      {'conversation_config.routing_strategy': 'answers_only'},
      {'conversation_config.routing_strategy': 'peers_hidden'},
    ]) {
      expect((await planWith(served(900), changes)).text, JSON.stringify(changes)).not.toContain('a last request');
    }
    expect((await planWith({backend: 'openai', model_name: 'm'})).text).not.toContain('context');
  });

  test('only warns under compatibility: reference', async () => {
    const {exitCode, text} = await planWith(served(256), {compatibility: 'reference'});
    expect([exitCode, text]).toEqual([0, expect.stringMatching(/warning: .*max_tokens: found 256/)]);
  });
});

test('a list of a million tasks is written in pieces', () => {
  const values = Array.from({length: 1000}, (_, i) => i);
  const plan = gridPlan({
    sweep: {'agent_definitions.0.temperature': values, 'agent_definitions.1.temperature': values},
  });
  const view = {
    plan,
    checked: {plan, problems: [], warnings: [], invalidTasks: [], isComplete: false, onlyFiles: false},
    summary: null,
    cluster: null,
    scripts: false,
    repetitions: 1,
    limit: null,
  };
  let [tasks, longest] = [0, 0];
  for (const piece of renderPlan(view, true)) {
    tasks += piece.match(/^ {2}\[/gm)?.length ?? 0;
    longest = Math.max(longest, piece.length);
  }
  expect(tasks).toBe(1_000_000);
  expect(longest).toBeLessThan(1e6);
  expect([...renderPlanJson(view, false)].length).toBe(1);
});
