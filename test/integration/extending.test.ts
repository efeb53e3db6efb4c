/*
 * docs/extending.md promises that each thing people add is a diff of about ten lines. Here every diff of the page is
 * applied to a copy of the sources, the copy is built as `npm run build` does, and the command is asked for what was
 * added: a page that is out of date, or a registry that is not the only place, fails.
 */
import {randomUUID} from 'node:crypto';
import {once} from 'node:events';
import {cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync} from 'node:fs';
import {join, resolve} from 'node:path';
import {execa} from 'execa';
import {beforeAll, expect, test} from 'vitest';
import type {Transcript} from '../../src/record/formats.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const COPIED = ['src', 'bin', 'templates', 'slurm', 'package.json', 'tsconfig.json', 'tsconfig.build.json'];
const PAGE = readFileSync(join(ROOT, 'docs/extending.md'), 'utf8');

/** Returns the diffs of the page by the heading above each. */
function readDiffs(): ReadonlyMap<string, string> {
  const sections = PAGE.split(/^## /m).slice(1);
  return new Map(
    sections.flatMap(section => {
      const diff = /```diff\n(.*?)```/s.exec(section)?.[1];
      return diff === undefined ? [] : [[section.slice(0, section.indexOf('\n')), diff] as const];
    }),
  );
}

interface Cell {
  readonly benchmark: string;
  readonly stratum: string;
  readonly estimates: readonly {readonly id: string; readonly value: number | null}[];
}

interface SbatchOptions {
  readonly profileDirectives: (profile: Readonly<Record<string, unknown>>) => Map<string, string>;
}

const AGENT = 'persona: null, demographics: null, if_as_human: true, model: m, temperature: 0.7, max_tokens: 256';

/** A conversation of everything that the page adds: its role, its routing strategy, its benchmark, its backend. */
const CONFIG = `
experiment_metadata:
  experiment_name: extended
  benchmark_subcategory: trolley
  schema_version: '2025-12-10'
  questions_file: trolley.jsonl
conversation_config: {routing_strategy: ring, max_rounds: 2}
retry_config: {max_retries: 3, answer_match_threshold: 0.75, retry_on_validation_error: true, retry_on_generation_error: true}
identity_reveal_config: {reveal_persona: true, reveal_demographics: true, reveal_presence_mode: true}
prompt_template_config: {for_participant: {choice_display_format: bullet, json_field_order: answer_first}}
model_definitions:
  m: {backend: grok, model_name: grok-9, api_config: {base_url: SERVER}}
agent_definitions:
  - {agent_id: a, role: participant, ${AGENT}}
  - {agent_id: b, role: participant, ${AGENT}}
  - {agent_id: c, role: participant, ${AGENT}}
  - {agent_id: d, role: fact_checker, ${AGENT}}
`;

const QUESTIONS = ['bridge_1', 'bridge_2', 'switch_1', 'switch_2'].map(id => ({
  question_id: id,
  source_dataset: 'Trolley',
  source_id: id,
  question_type: 'multiple_choice',
  context: null,
  question: 'A trolley comes. What do you do?',
  choices: [
    {id: 'A', text: 'Pull the lever'},
    {id: 'B', text: 'Wait'},
  ],
  correct_answer_id: 'A',
  source_metadata: {},
}));

let copy: string;
let workspace: string;

beforeAll(async () => {
  const cleanups: (() => void)[] = [];
  copy = temporaryFolder('mac-extending-', undefined, clean => cleanups.push(clean));
  for (const name of COPIED) cpSync(join(ROOT, name), join(copy, name), {recursive: true});
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  for (const [name, diff] of readDiffs()) {
    const {exitCode, stderr} = await execa('git', ['apply', '-'], {cwd: copy, input: diff, reject: false});
    if (exitCode !== 0) throw new Error(`the diff of "${name}" does not apply:\n${stderr}`);
  }
  const tsc = join(ROOT, 'node_modules/.bin/tsc');
  const {exitCode, stdout} = await execa(tsc, ['-p', 'tsconfig.build.json'], {cwd: copy, reject: false});
  if (exitCode !== 0) throw new Error(`the sources with the diffs do not compile:\n${stdout}`);
  workspace = join(copy, 'workspace');
  mkdirSync(join(workspace, 'config'), {recursive: true});
  const server = execa(process.execPath, [
    join(copy, 'bin/mac.js'),
    'serve-simulated',
    '--port',
    '0',
    '--model',
    'grok-9',
  ]);
  cleanups.push(() => server.kill());
  const listening = once(server.stdout, 'data').then(([data]) => /http\S+/.exec(String(data))?.[0] ?? '');
  writeFileSync(join(workspace, 'config/extended.yaml'), CONFIG.replace('SERVER', await listening));
  writeFileSync(join(workspace, 'trolley.jsonl'), QUESTIONS.map(row => `${JSON.stringify(row)}\n`).join(''));
  await mac('run', 'config/extended.yaml');
  return () => {
    for (const clean of cleanups) clean();
  };
});

/** Runs the extended command and returns what it prints; fails unless it succeeds. */
async function mac(...args: string[]): Promise<string> {
  const {exitCode, stdout, stderr} = await execa(process.execPath, [join(copy, 'bin/mac.js'), ...args], {
    cwd: workspace,
    env: {XAI_API_KEY: 'made-up-for-this-test'},
    reject: false,
  });
  expect(exitCode, stderr).toBe(0);
  return stdout;
}

function readTranscripts(): readonly Transcript[] {
  const folder = join(workspace, 'experiment/trolley/extended/transcript');
  return readdirSync(folder, {recursive: true, encoding: 'utf8'})
    .filter(name => name.endsWith('.json'))
    .map(name => JSON.parse(readFileSync(join(folder, name), 'utf8')) as Transcript);
}

test('a backend is in the schema, names its key, and answers', async () => {
  expect(await mac('schema', 'config')).toContain('"grok"');
  expect(await mac('schema', 'keys')).toContain('`backend: grok`');
  writeFileSync(join(workspace, 'config/hosted.yaml'), CONFIG.replace(', api_config: {base_url: SERVER}', ''));
  const noKey = await execa(process.execPath, [join(copy, 'bin/mac.js'), 'plan', 'config/hosted.yaml'], {
    cwd: workspace,
    reject: false,
  });
  expect(noKey.stdout + noKey.stderr).toContain('XAI_API_KEY');
  expect(readTranscripts()).toHaveLength(QUESTIONS.length);
});

test('a role is in the schema, is asked for its own fields and recorded with them', async () => {
  expect(await mac('schema', 'config')).toContain('fact_checker');
  const messages = readTranscripts().flatMap(({conversation_rounds: rounds}) =>
    rounds.flatMap(round => round.messages),
  );
  const checked = messages.filter(({agent_role: role}) => role === 'fact_checker');
  expect(checked).toHaveLength(8);
  for (const {structured_response: response} of checked)
    expect(response).toMatchObject({response_type: 'fact_checker', doubts: expect.any(String)});
});

test('a routing strategy decides who sees what', async () => {
  expect(await mac('schema', 'config')).toContain('ring');
  for (const {conversation_rounds: rounds} of readTranscripts())
    for (const {agent_id: sender, visible_to: readers} of rounds[0]!.messages)
      expect([sender, [...readers].sort().join('')]).toEqual([
        sender,
        {a: 'abd', b: 'abc', c: 'bcd', d: 'acd'}[sender],
      ]);
});

test('a benchmark and a metric are in the docs, and scored', async () => {
  expect(await mac('schema', 'metrics')).toContain('`invalid_rate`');
  const {cells} = JSON.parse(await mac('results', '--metric', 'invalid_rate', '--json')) as {cells: Cell[]};
  expect(
    cells.map(({benchmark, stratum, estimates}) => [benchmark, stratum, estimates[0]?.id, estimates[0]?.value]),
  ).toEqual([
    ['Trolley', 'bridge', 'invalid_rate', 0],
    ['Trolley', 'switch', 'invalid_rate', 0],
  ]);
});

test('a figure is drawn, with its data', async () => {
  await mac('report', '-o', 'report.html', '--figures', 'figures');
  const data = readFileSync(join(workspace, 'figures/conversations-trolley.data.csv'), 'utf8');
  expect(data.split(/\r?\n/)).toEqual(['part,conversations', 'bridge,2', 'switch,2', '']);
  expect(readFileSync(join(workspace, 'figures/conversations-trolley.svg'), 'utf8')).toContain('<svg');
});

test('a key of profiles has its schema, its flag, its #SBATCH line and its row in the docs', async () => {
  expect(await mac('schema', 'profile')).toContain('"licenses"');
  expect(await mac('submit', '--help')).toContain('--licenses <names>');
  expect(await mac('schema', 'profile-keys')).toContain('| `licenses` |');
  const {profileDirectives} = (await import(join(copy, 'dist/slurm/profile/sbatch-options.js'))) as SbatchOptions;
  expect(profileDirectives({licenses: ['matlab:2', 'r']})).toEqual(new Map([['licenses', '--licenses=matlab:2,r']]));
});

test('a kind of experiment file is planned, run, kept and scored by the same verbs', async () => {
  const script = 'printf \'{"metrics": {"score": %s}}\' "$MAC_SEED" > "$MAC_RESULT_FILE"';
  // The test may be repeated in the same workspace.
  const name = `tries-${randomUUID()}`;
  const text = `name: ${name}\ncommands:\n  once: ${JSON.stringify(['sh', '-c', script])}\nseeds: [1, 2, 3]\n`;
  writeFileSync(join(workspace, 'config/tries.yaml'), text);
  expect(await mac('plan', 'config/tries.yaml')).toContain(`commands ${name}, 3 trials`);
  expect(await mac('run', 'config/tries.yaml')).toContain('3 of 3 trials done');
  expect(await mac('run', 'config/tries.yaml')).toContain('nothing to run');
  expect(await mac('results', 'config/tries.yaml')).toContain('2.000 [');
});
