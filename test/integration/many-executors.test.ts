import {existsSync, readFileSync, readdirSync} from 'node:fs';
import {join} from 'node:path';
import {execa} from 'execa';
import {expect, test} from 'vitest';

import {startGatedServer} from '../support/gated-server.ts';
import {makeGrid} from '../support/grid.ts';
import {MAC, runMac} from '../support/mac.ts';
import {recordsOf} from '../support/records.ts';
import {makeWorkspace} from '../support/workspace.ts';

const EXECUTORS = 20;
const TASKS_EACH = 10;
const TASKS = EXECUTORS * TASKS_EACH;
const AGENTS = 2;

/** MAC_TEST_GLUSTER=1: on two mounts of one GlusterFS volume, even executors on the first, odd ones on the second. */
const MOUNTS = process.env['MAC_TEST_GLUSTER']?.split(':').filter(path => path.startsWith('/')) ?? [];

test('executors that finish their tasks in one instant lose nothing, record nothing twice, and complete the grid', async () => {
  const server = await startGatedServer();
  const workspace = makeWorkspace({
    questions: 1,
    model: `{backend: vllm, model_path: gated, max_num_seqs: 64, api_config: {base_url: "${server.url}"}}`,
    extra: `_grid: {sweep: {agent_definitions.0.max_tokens: [${Array.from({length: TASKS}, (_, i) => 100 + i).join(', ')}]}}`,
    ...(MOUNTS[0] === undefined ? {} : {parent: MOUNTS[0]}),
  });
  const places = MOUNTS.length > 1 ? [workspace, workspace.replace(MOUNTS[0]!, MOUNTS[1]!)] : [workspace];
  try {
    const gridId = await makeGrid(workspace);
    const executors = Array.from({length: EXECUTORS}, (_, i) =>
      execa(
        process.execPath,
        [MAC, 'resume', gridId, '--tasks', `${i * TASKS_EACH}-${(i + 1) * TASKS_EACH - 1}`, '--json'],
        {cwd: places[i % places.length]!, reject: false},
      ),
    );
    const ended = Promise.all(executors);
    // Every conversation of every task waits for its answers: from here on all happens at once.
    while (server.waiting() < TASKS * AGENTS) {
      await Promise.race([
        new Promise(resolve => setTimeout(resolve, 20)),
        ...executors.map(each => each.then(({stderr}) => Promise.reject(new Error(stderr)))),
      ]).catch((error: unknown) => {
        for (const each of executors) each.kill();
        throw error;
      });
    }
    const openedMs = performance.now();
    server.open();
    const results = await ended;
    if (process.env['MAC_TEST_VERBOSE']) console.log(`${TASKS} tasks in ${performance.now() - openedMs} ms`);
    expect(results.map(({exitCode, stderr}) => (exitCode === 0 ? 'done' : stderr))).toEqual(
      Array.from({length: EXECUTORS}, () => 'done'),
    );
    const {transcripts, indexLines, manifests, archives, gridManifests, summaries} = recordsOf(workspace);
    expect(transcripts.length).toBe(TASKS);
    expect(indexLines.length).toBe(TASKS);
    expect(new Set(indexLines.map(line => line.transcript_path)).size).toBe(TASKS);
    expect(new Set(indexLines.map(line => line.config_snapshot_path)).size).toBe(TASKS);
    expect(summaries.length).toBe(TASKS);
    expect([manifests, gridManifests]).toEqual([[], []]);
    expect(archives.length).toBe(1);
    expect(archives[0].manifest.num_tasks_succeeded).toBe(TASKS);
    expect(
      archives[0].manifest.tasks.every((task: any) => task.status === 'succeeded' && task.questions.succeeded === 1),
    ).toBe(true);
    expect(archives[0].config).toBe(readFileSync(join(workspace, 'config/c.yaml'), 'utf8'));
    expect(existsSync(join(workspace, 'bookkeeping/lease', gridId))).toBe(false);
    const names = readdirSync(workspace, {recursive: true}) as string[];
    expect(names.filter(name => /\.(tmp|lock|fence)$/.test(name))).toEqual([]);
  } finally {
    await server.close();
  }
});

test('two people who resume one grid at once never run a task twice', async () => {
  const values = Array.from({length: 30}, (_, i) => 100 + i).join(', ');
  const workspace = makeWorkspace({
    questions: 2,
    model: '{backend: simulated, max_num_seqs: 2, simulated_config: {latency_median_ms: 5}}',
    extra: `_grid: {sweep: {agent_definitions.0.max_tokens: [${values}]}}`,
  });
  const gridId = await makeGrid(workspace);
  const both = await Promise.all([0, 1].map(() => runMac(['resume', gridId], {cwd: workspace})));
  // A task that the other one had when it was tried is refused; the last one to end has seen to all others.
  const rest = await runMac(['resume', gridId], {cwd: workspace});
  expect([rest.exitCode, ...both.map(({exitCode}) => exitCode)].every(code => code === 0 || code === 1)).toBe(true);
  const {transcripts, indexLines, manifests, archives} = recordsOf(workspace);
  expect(transcripts.length).toBe(60);
  expect(indexLines.length).toBe(60);
  expect(manifests).toEqual([]);
  expect(archives.length).toBe(1);
});
