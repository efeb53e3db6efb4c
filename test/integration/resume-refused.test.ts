import {readdirSync, readFileSync, renameSync, writeFileSync} from 'node:fs';
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
});
