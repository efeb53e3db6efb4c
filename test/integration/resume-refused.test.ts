import {existsSync, readdirSync, readFileSync, renameSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';

import {runMac} from '../support/mac.ts';
import {recordsOf} from '../support/records.ts';
import {config, makeWorkspace, question} from '../support/workspace.ts';

/** A run that could do nothing: its server is not there. */
async function unfinished(): Promise<{workspace: string; snapshot: string}> {
  const workspace = makeWorkspace({
    model: '{backend: openai, model_name: m, api_config: {base_url: "http://127.0.0.1:1/v1"}}',
  });
  const {exitCode, stderr} = await runMac(['run', 'config/c.yaml'], {cwd: workspace, env: {OPENAI_API_KEY: 'sk-x'}});
  expect(exitCode, stderr).toBe(1);
  const folder = join(workspace, 'bookkeeping/_grid_config_snapshot');
  return {workspace, snapshot: join(folder, readdirSync(folder)[0]!)};
}

test.each([[[]], [['--dry-run']]])('resume %j without the question file refuses as run does', async flags => {
  const {workspace} = await unfinished();
  renameSync(join(workspace, 'q.jsonl'), join(workspace, 'elsewhere.jsonl'));
  const {exitCode, stderr} = await runMac(['resume', 'latest', ...flags], {cwd: workspace});
  expect(exitCode).toBe(2);
  expect(stderr).toMatch(/a question file that cannot be used: .*q\.jsonl/);
});

test('resume with an invalid question file refuses as run does', async () => {
  const {workspace} = await unfinished();
  writeFileSync(join(workspace, 'q.jsonl'), `${question('q0')}\n{"question_id": 7}\n`);
  const {exitCode, stderr} = await runMac(['resume', 'latest'], {cwd: workspace});
  expect(exitCode).toBe(2);
  expect(stderr).toMatch(/q\.jsonl/);
});

test('resume names what has changed: the question file or the snapshot', async () => {
  const {workspace, snapshot} = await unfinished();
  const before = readFileSync(snapshot, 'utf8');
  const resume = () => runMac(['resume', 'latest'], {cwd: workspace});

  writeFileSync(snapshot, before.replace('temperature: 0', 'temperature: 1'));
  const edited = await resume();
  expect(edited.exitCode).toBe(2);
  expect(edited.stderr).toContain(`the grid snapshot ${snapshot} was edited`);
  expect(edited.stderr).not.toContain('question file');

  writeFileSync(snapshot, `_grid: {sweep: {agent_definitions.0.persona: [null, nurse]}}\n${before}`);
  expect((await resume()).stderr).toMatch(/has other tasks .*\n.*was edited/);

  writeFileSync(snapshot, before);
  writeFileSync(join(workspace, 'q.jsonl'), `${question('q0')}\n`);
  const changed = await resume();
  expect(changed.exitCode).toBe(2);
  expect(changed.stderr).toContain('its question file has changed');
});

test('a run that leaves invalid tasks out is finished without them', async () => {
  const workspace = makeWorkspace();
  const grid = '_grid: {sweep: {experiment_metadata.questions_file: [q.jsonl, missing.jsonl, "q.jsonl "]}}';
  writeFileSync(
    join(workspace, 'config/c.yaml'),
    config({extra: grid, model: '{backend: openai, model_name: m, api_config: {base_url: "http://127.0.0.1:1/v1"}}'}),
  );
  const env = {OPENAI_API_KEY: 'sk-x'};
  expect((await runMac(['run', 'config/c.yaml', '--skip-invalid'], {cwd: workspace, env})).exitCode).toBe(1);
  expect((await runMac(['ls'], {cwd: workspace})).stdout).toContain('0/1 (2 invalid, left out)');

  writeFileSync(join(workspace, 'config/c.yaml'), config({extra: grid}));
  const {exitCode, stdout} = await runMac(['run', 'config/c.yaml', '--skip-invalid'], {cwd: workspace});
  expect(exitCode, stdout).toBe(0);
  expect(stdout).toContain('2 invalid tasks');
  expect(stdout).not.toContain('what is left');
  expect(recordsOf(workspace).archives.length).toBe(1);
  expect((await runMac(['ls'], {cwd: workspace})).stdout).toMatch(/ done +1\/1 \(2 invalid, left out\)/);
});

/** Three tasks whose answers are cut off before anything can be read. */
function useless(): string {
  const workspace = makeWorkspace();
  const text = config({
    model: '{backend: simulated, max_num_seqs: 1, simulated_config: {latency_median_ms: 30}}',
    extra: '_grid: {sweep: {agent_definitions.0.persona: [null, nurse, judge]}}',
  });
  writeFileSync(join(workspace, 'config/c.yaml'), text.replaceAll('max_tokens: 100', 'max_tokens: 1'));
  return workspace;
}

test('--fail-fast says whose question failed, and lists the places that are there', async () => {
  const workspace = useless();
  const {exitCode, stdout} = await runMac(['run', 'config/c.yaml', '--fail-fast'], {cwd: workspace});
  expect(exitCode).toBe(1);
  // The three tasks stopped for one reason, so they are one line.
  expect(stdout).toMatch(/^ {2}not done: 3 tasks: --fail-fast: question \S+ of b\/e\S* failed: no usable answer/m);
  const places = [...stdout.matchAll(/^ {2}(\/.*?)(?:\/\{transcript,task_summary\}\/)?$/gm)].map(match => match[1]!);
  expect(places.length).toBe(2);
  for (const place of places) expect(existsSync(place), place).toBe(true);
});

test('resume --dry-run tells what it can of a task whose manifest is damaged', async () => {
  const workspace = useless();
  await runMac(['run', 'config/c.yaml'], {cwd: workspace});
  const folder = join(workspace, 'experiment/b/e_as-human/task_manifest');
  for (const name of readdirSync(folder)) {
    if (name.endsWith('.json')) writeFileSync(join(folder, name), '{"job_task');
  }
  const {exitCode, stdout} = await runMac(['resume', 'latest', '--dry-run'], {cwd: workspace});
  expect(exitCode).toBe(0);
  expect(stdout.match(/at least 0\/4 done\n.*missing or damaged/g)?.length, stdout).toBe(3);
});

test.each(['bookkeeping', 'experiment'])('a workspace whose %s is a file is refused', async name => {
  const workspace = makeWorkspace();
  writeFileSync(join(workspace, name), 'not a folder');
  for (const args of [['ls'], ['run', 'config/c.yaml'], ['status'], ['results']]) {
    const {exitCode, stderr} = await runMac(args, {cwd: workspace});
    expect(exitCode, args.join(' ')).toBe(2);
    expect(stderr).toContain(`${join(workspace, name)} is a file`);
  }
});
