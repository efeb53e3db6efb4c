import {mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';

import {runMac} from '../support/mac.ts';
import {recordsOf} from '../support/records.ts';
import {makeWorkspace} from '../support/workspace.ts';

test('mac status of what is finished tells what it came to', async () => {
  const workspace = makeWorkspace({questions: 3});
  const mac = (...args: string[]) => runMac(args, {cwd: workspace});
  expect((await mac('status')).stdout).toMatch(/^no grids yet/);
  expect((await mac('run', 'config/c.yaml', '--rep', '2')).exitCode).toBe(0);
  const {archives} = recordsOf(workspace);
  const [first, second] = archives.map(({manifest}) => manifest.grid_id as string);
  const snapshot = archives[0].manifest.grid_config_snapshot_path as string;

  const latest = await mac('status');
  expect(latest.exitCode).toBe(0);
  const table = (id: string, repetition: number): RegExp =>
    new RegExp(
      `${id} .*, repetition ${repetition} of 2\\n {2}finished   20.*Z, \\d+:\\d\\d after .*\\n {2}tasks {6}1 done {3}of 1\\n {2}questions  3 of 3\\n`,
    );
  expect(latest.stdout).toMatch(table(first!, 1));
  expect(latest.stdout).toMatch(table(second!, 2));
  // Watching what does not change any more ends.
  expect((await mac('status', snapshot, '--watch')).stdout.trim()).toBe(latest.stdout.trim());

  const {grids} = JSON.parse((await mac('status', second!, '--json')).stdout);
  expect(grids).toEqual([
    expect.objectContaining({
      grid_id: second,
      completed_at: archives[1].completed_at,
      counts: {done: 1},
      questions: {done: 3, total: 3, total_is_estimate: false},
      tasks: [expect.objectContaining({task_id: 0, state: 'done', questions: {done: 3, total: 3}})],
    }),
  ]);
  const common = Array.from(second!).findIndex((char, i) => char !== first![i]);
  const ofOne = await mac('status', second!.slice(0, common + 1));
  expect(ofOne.exitCode, ofOne.stderr).toBe(0);
  expect((await mac('status', second!.slice(0, common))).exitCode).toBe(2);

  const unknown = await mac('status', '2001');
  expect(unknown.exitCode).toBe(2);
  expect(unknown.stderr).toContain('no grid "2001"');
});

test('mac status shows finished repetitions beside those that are not', async () => {
  const workspace = makeWorkspace({
    model: '{backend: openai, model_name: m, api_config: {base_url: "http://127.0.0.1:1/v1"}}',
  });
  const env = {OPENAI_API_KEY: 'sk-x'};
  expect((await runMac(['run', 'config/c.yaml', '--rep', '2'], {cwd: workspace, env})).exitCode).toBe(1);
  const books = join(workspace, 'bookkeeping');
  const [first = '', second = ''] = readdirSync(join(books, 'grid_manifest')).filter(name => name.endsWith('.json'));
  const manifest = JSON.parse(readFileSync(join(books, 'grid_manifest', first), 'utf8'));
  // As the end of a run leaves it.
  mkdirSync(join(books, 'grid_archive'), {recursive: true});
  const archived = {schema: 'mac.grid-archive/1', completed_at: '2026-01-02T03:04:05.000000Z', manifest, config: ''};
  writeFileSync(join(books, 'grid_archive', first), JSON.stringify(archived));
  rmSync(join(books, 'grid_manifest', first));

  const {stdout} = await runMac(['status'], {cwd: workspace});
  expect(stdout).toMatch(/repetition 1 of 2\n {2}finished   2026-01-02T03:04:05Z/);
  expect(stdout).toMatch(/repetition 2 of 2\n {2}tasks {6}1 not started/);
  const one = await runMac(['status', second.replace('.json', '')], {cwd: workspace});
  expect(one.stdout).not.toContain('finished');
});
