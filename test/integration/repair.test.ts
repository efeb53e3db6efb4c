import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';

import {runMac} from '../support/mac.ts';
import {recordsOf} from '../support/records.ts';
import {makeWorkspace} from '../support/workspace.ts';

test('repair and show find experiments and benchmarks with slashes in their names', async () => {
  const workspace = makeWorkspace({questions: 3, model: '{backend: simulated, simulated_config: {failure_rate: 1}}'});
  const config = join(workspace, 'config/c.yaml');
  const text = readFileSync(config, 'utf8')
    .replace('e_as-human', 'study/one/e_as-human')
    .replace('benchmark_subcategory: b,', 'benchmark_subcategory: family/b,')
    .replace('retry_on_generation_error: true', 'retry_on_generation_error: false');
  writeFileSync(config, text);
  expect((await runMac(['run', 'config/c.yaml'], {cwd: workspace})).exitCode).toBe(1);
  const {manifests, gridManifests} = recordsOf(workspace);
  expect(manifests.some(path => path.includes('/family/b/study/one/e_as-human/task_manifest/'))).toBe(true);
  const repaired = await runMac(['repair', gridManifests[0].grid_config_snapshot_path], {cwd: workspace});
  expect(repaired.stdout).toContain('not done: task 0 family/b/study/one/e_as-human: 3 questions failed, 3 left');
  const shown = await runMac(['show', 'q1'], {cwd: workspace});
  expect(shown.exitCode, shown.stderr).toBe(0);
});

test('a grid whose files are all damaged is named by ls and resume, and repair goes on with it', async () => {
  const workspace = makeWorkspace({questions: 3, model: '{backend: simulated, simulated_config: {failure_rate: 1}}'});
  expect((await runMac(['run', 'config/c.yaml'], {cwd: workspace})).exitCode).toBe(1);
  const [{grid_id: gridId, grid_config_snapshot_path: snapshot}] = recordsOf(workspace).gridManifests;
  writeFileSync(join(workspace, `bookkeeping/grid_manifest/${gridId}.json`), '{"grid_conf');
  writeFileSync(join(workspace, `bookkeeping/task_record/${gridId}/run.json`), '');
  const listed = await runMac(['ls'], {cwd: workspace});
  expect(listed.stderr).toContain(`grid ${gridId} cannot be read`);
  const resumed = await runMac(['resume'], {cwd: workspace});
  expect(resumed.exitCode).toBe(2);
  expect(resumed.stderr).toContain('mac repair');
  const repaired = await runMac(['repair', snapshot], {cwd: workspace});
  expect(repaired.stdout).toContain('3 questions failed');
});
