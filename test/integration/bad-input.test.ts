import {existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';

import {runMac} from '../support/mac.ts';
import {recordsOf} from '../support/records.ts';
import {config, makeWorkspace, question} from '../support/workspace.ts';

/** Runs a config that is wrong and expects exit 2, a message, and nothing written. */
async function expectRefused(text: string | Buffer | null, ...parts: readonly (string | RegExp)[]): Promise<void> {
  const workspace = makeWorkspace();
  const path = join(workspace, 'config/c.yaml');
  if (text !== null) writeFileSync(path, text);
  const {exitCode, stderr} = await runMac(['run', text === null ? 'config/absent.yaml' : 'config/c.yaml'], {
    cwd: workspace,
  });
  expect(exitCode, stderr).toBe(2);
  for (const part of parts) expect(stderr).toMatch(part);
  expect(stderr).not.toMatch(/\n\s+at /);
  expect(existsSync(join(workspace, 'bookkeeping'))).toBe(false);
}

const GOOD = config();

describe('a config that is wrong is refused with the place and the remedy', () => {
  test.each<[string, string | Buffer | null, ...(string | RegExp)[]]>([
    ['missing', null, 'no such config'],
    ['empty', '', /empty/],
    ['not YAML', '{unclosed: [', /c\.yaml:\d+:\d+/],
    ['a list', '- 1\n- 2\n', 'expected a mapping'],
    ['indented by tabs', 'a:\n\tb: 1\n', /c\.yaml:2:\d+/, /tab/i],
    ['with a key twice', `${GOOD}\nretry_config: {}\n`, /unique|twice|once/],
    ['binary', Buffer.from([0xff, 0xfe, 0x00, 0x80]), 'UTF-8'],
    ['of 10 MB', 'x'.repeat(10 * 1024 * 1024), 'at most 5'],
    ['with a misspelt key', GOOD.replace('max_rounds', 'max_round'), /c\.yaml:\d+:\d+/, 'did you mean "max_rounds"'],
    ['with a wrong type', GOOD.replace('max_rounds: 1', "max_rounds: 'three'"), 'max_rounds', 'three'],
    ['with a placeholder left over', GOOD.replace('persona: doctor', 'persona: _'), 'persona', /placeholder/],
    ['with an empty sweep', `_grid: {sweep: {agent_definitions.0.persona: []}}\n${GOOD}`, 'has no values'],
    [
      'with a derive that names nothing',
      `_grid: {sweep: {agent_definitions.0.persona: [x]}, derive: {experiment_metadata.experiment_name: '{no.such.thing}'}}\n${GOOD}`,
      'no.such.thing',
    ],
    ['with an empty _grid', `_grid: {}\n${GOOD}`, 'no sweep, broadcast or zip'],
    ['with two equal tasks', `_grid: {sweep: {agent_definitions.0.persona: [x, x]}}\n${GOOD}`, 'tasks 0 and 1'],
    [
      'with an agent whose model is missing',
      GOOD.replace(/model: m, temperature: 0, max_tokens: 100}\n$/, 'model: mm, temperature: 0, max_tokens: 100}\n'),
      '"mm"',
    ],
    ['with a name that climbs out', GOOD.replace('e_as-human', '../../e'), 'experiment_name'],
    ['with a blank name', GOOD.replace('e_as-human', "' '"), /experiment_name: found " "/],
    ['with an unquoted date', GOOD.replace("'2025-12-10'", '2025-12-10'), 'quote it'],
    [
      'with a key in it',
      GOOD.replace(
        '{backend: simulated}',
        '{backend: openai, model_name: x, api_config: {api_key: sk-very-secret-0123}}',
      ),
      'api_key_env',
    ],
  ])('%s', async (_what, text, ...parts) => {
    await expectRefused(text, ...parts);
  });

  test('everything at once, and never a secret', async () => {
    const workspace = makeWorkspace();
    writeFileSync(
      join(workspace, 'config/c.yaml'),
      GOOD.replace('max_rounds: 1', 'max_rounds: 0, api_token: sk-very-secret-0123').replace(
        'temperature: 0',
        'temperature: 9',
      ),
    );
    const {stderr} = await runMac(['plan', 'config/c.yaml'], {cwd: workspace});
    const {stdout} = await runMac(['plan', 'config/c.yaml'], {cwd: workspace});
    expect(stdout + stderr).toMatch(/max_rounds[^]*temperature|temperature[^]*max_rounds/);
    expect(stdout + stderr).not.toContain('sk-very-secret');
  });

  test('zips whose sets differ are run with a warning, and a model that no agent uses too', async () => {
    const workspace = makeWorkspace();
    const zip =
      '_grid: {zip: {z: [{agent_definitions.0.persona: x}, {agent_definitions.0.persona: y, agent_definitions.0.demographics: z}]}}\n';
    writeFileSync(
      join(workspace, 'config/c.yaml'),
      zip + GOOD.replace('  m: {backend: simulated}', '  m: {backend: simulated}\n  unused: {backend: simulated}'),
    );
    const {exitCode, stderr} = await runMac(['run', 'config/c.yaml'], {cwd: workspace});
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/warning[^]*zip/);
    expect(stderr).toMatch(/unused/);
  });
});

describe('a question file that is wrong is refused with the line', () => {
  test.each<[string, string | null, string | RegExp]>([
    ['missing', null, 'no such question file'],
    ['empty', '', 'no questions'],
    ['with a bad line', `${question('a')}\n{bad\n`, /q\.jsonl:2/],
    ['with an id twice', `${question('a')}\n${question('a')}\n`, /q\.jsonl:2.*line 1/],
    ['without choices', `${question('a', {choices: undefined})}\n`, 'choices'],
  ])('%s', async (_what, text, part) => {
    const workspace = makeWorkspace();
    const path = join(workspace, 'q.jsonl');
    if (text === null) writeFileSync(join(workspace, 'config/c.yaml'), GOOD.replace('q.jsonl', 'absent.jsonl'));
    else writeFileSync(path, text);
    const {exitCode, stderr} = await runMac(['run', 'config/c.yaml'], {cwd: workspace});
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(part);
    expect(existsSync(join(workspace, 'bookkeeping'))).toBe(false);
  });

  test('Windows line ends, a byte order mark, no final newline and emoji are fine', async () => {
    const workspace = makeWorkspace();
    const text = `\ufeff${[question('a'), question('b', {question: 'Who? 🙂'})].join('\r\n')}`;
    writeFileSync(join(workspace, 'q.jsonl'), text);
    const {exitCode, stderr} = await runMac(['run', 'config/c.yaml'], {cwd: workspace});
    expect(exitCode, stderr).toBe(0);
    expect(recordsOf(workspace).transcripts.length).toBe(2);
  });
});

describe('the command line', () => {
  test('with --json says in JSON too what is wrong', async () => {
    const workspace = makeWorkspace();
    writeFileSync(join(workspace, 'config/c.yaml'), GOOD.replace('max_rounds: 1', 'max_rounds: 0'));
    const run = await runMac(['run', 'config/c.yaml', '--json'], {cwd: workspace});
    expect(run.exitCode).toBe(2);
    expect(JSON.parse(run.stdout)).toMatchObject({
      schema: 'mac.error/1',
      exit_code: 2,
      code: 'config-invalid',
      problems: [{path: ['conversation_config', 'max_rounds'], position: {line: expect.any(Number)}}],
    });
    const plan = await runMac(['plan', 'config/absent.yaml', '--json'], {cwd: workspace});
    expect(JSON.parse(plan.stdout)).toMatchObject({schema: 'mac.error/1', code: 'config-missing', problems: []});
  });

  test.each<[string[], string | RegExp]>([
    [['run', 'config/c.yaml', '--limit', '-1'], 'expected a whole number ≥ 1'],
    [['plan', 'config/c.yaml', '--rep', '-1'], 'expected a whole number ≥ 1'],
    [['plan', 'config/c.yaml', '--rep', '0'], 'expected a whole number ≥ 1'],
    [['serve-simulated', '--port', '99999'], 'expected a port from 0 to 65535'],
    [['repair', 'nope'], /nope is no grid snapshot[^]*_grid_config_snapshot/],
    [['repair', '/etc/passwd'], /passwd is no grid snapshot/],
  ])('%j is refused', async (args, complaint) => {
    const {exitCode, stderr} = await runMac(args, {cwd: makeWorkspace()});
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(complaint);
  });

  test('a key that is not set is a warning of the plan', async () => {
    const model = '{backend: openai, model_name: x, api_config: {api_key_env: NOT_SET_HERE}}';
    const workspace = makeWorkspace({model});
    const {exitCode, stdout} = await runMac(['plan', 'config/c.yaml'], {cwd: workspace});
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/warning: .*c\.yaml:\d+:\d+: model_definitions\.m: .*\$NOT_SET_HERE, which is not set here/);
    const set = await runMac(['plan', 'config/c.yaml'], {cwd: workspace, env: {NOT_SET_HERE: 'k'}});
    expect(set.stdout).not.toContain('warning');
  });

  test('runs chosen tasks, some questions, and repetitions, and says so in the records', async () => {
    const workspace = makeWorkspace({questions: 5});
    writeFileSync(
      join(workspace, 'config/c.yaml'),
      `_grid: {sweep: {agent_definitions.0.persona: [x, y, z]}}\n${GOOD}`,
    );
    const {exitCode, stdout} = await runMac(
      ['run', 'config/c.yaml', '--tasks', '0,2', '--limit', '2', '--rep', '2', '--json'],
      {cwd: workspace},
    );
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout).tasks.map((task: any) => task.task_id)).toEqual([0, 2, 0, 2]);
    const {transcripts, archives} = recordsOf(workspace);
    expect(transcripts.length).toBe(8);
    expect(archives.map(({manifest}) => manifest.question_limit)).toEqual([2, 2]);
    expect(new Set(transcripts.map(({provenance}) => provenance.task_key)).size).toBe(4);
    expect((await runMac(['resume'], {cwd: workspace})).exitCode).toBe(0);
  });

  test('a dry run writes nothing', async () => {
    const workspace = makeWorkspace();
    const {exitCode, stdout} = await runMac(['run', 'config/c.yaml', '--dry-run'], {cwd: workspace});
    expect(exitCode).toBe(0);
    expect(stdout).toContain('nothing was written');
    expect(existsSync(join(workspace, 'bookkeeping'))).toBe(false);
  });

  test('says how to name a workspace where there is none', async () => {
    const workspace = makeWorkspace();
    const elsewhere = join(workspace, 'elsewhere');
    mkdirSync(elsewhere);
    const {exitCode, stderr} = await runMac(['ls'], {cwd: elsewhere});
    expect(exitCode).toBe(2);
    expect(stderr).toContain('MAC_FAIRNESS_WORKSPACE');
    expect((await runMac(['ls'], {cwd: elsewhere, env: {MAC_FAIRNESS_WORKSPACE: workspace}})).exitCode).toBe(0);
  });

  test('shows one conversation by its question and by its transcript', async () => {
    const workspace = makeWorkspace();
    await runMac(['run', 'config/c.yaml'], {cwd: workspace});
    const {transcript_id: id} = recordsOf(workspace).transcripts[0];
    for (const name of [id, 'q1']) {
      const {exitCode, stdout} = await runMac(['show', name], {cwd: workspace});
      expect(exitCode).toBe(0);
      expect(stdout).toContain('final answers');
      expect(stdout).toContain('Which one');
    }
    expect((await runMac(['show', 'nobody'], {cwd: workspace})).exitCode).toBe(2);
  });

  test('every example config is complete, and plans', async () => {
    const project = join(import.meta.dirname, '../..');
    for (const name of ['quickstart', 'ollama', 'vllm']) {
      const {exitCode, stdout, stderr} = await runMac(['plan', `config/${name}.yaml`], {cwd: project});
      expect(exitCode, stdout + stderr).toBe(0);
    }
    const {stdout} = await runMac(['plan', 'config/bbq_grid.yaml'], {cwd: project});
    expect(stdout).toContain('1,848 tasks');
    expect(JSON.parse(readFileSync(join(project, 'config/schema.json'), 'utf8'))).toEqual(
      JSON.parse((await runMac(['schema', 'config'], {cwd: project})).stdout),
    );
  });
});
