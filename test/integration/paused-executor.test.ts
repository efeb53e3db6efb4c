import {existsSync, readFileSync, readdirSync, statSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';

import {createLayout} from '../../src/record/layout.ts';
import {latestRecords} from '../../src/record/index/index-file.ts';
import {makeGrid} from '../support/grid.ts';
import {CAN_BE_NODES, macOnNode} from '../support/nodes.ts';
import {recordsOf} from '../support/records.ts';
import type {WhenDone} from '../support/temporary-folder.ts';
import {makeWorkspace} from '../support/workspace.ts';

const TASKS = 8;
const QUESTIONS = 60;
const MODEL = '{backend: simulated, max_num_seqs: 16, simulated_config: {latency_median_ms: 100}}';
/** A lease is stale after 30 s without a sign of life, and then looked at twice. */
const STALE_MS = 33_000;

function workspaceWithGrid(whenDone: WhenDone): string {
  const values = Array.from({length: TASKS}, (_, i) => 100 + i).join(', ');
  return makeWorkspace({
    questions: QUESTIONS,
    model: MODEL,
    whenDone,
    extra: `_grid: {sweep: {agent_definitions.0.max_tokens: [${values}]}}`,
  });
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(resolve => setTimeout(resolve, 5));
}

/** Waits until no lease of a grid has shown a sign of life for as long as leases last. */
async function untilStale(workspace: string, gridId: string): Promise<void> {
  const folder = createLayout({workspace}).leases(gridId);
  const ages = (): number[] => readdirSync(folder).map(name => Date.now() - statSync(join(folder, name)).mtimeMs);
  expect(ages()).not.toEqual([]);
  await until(() => Math.min(...ages()) > STALE_MS);
}

/**
 * Every question has one transcript, and the record that counts for it is of the very attempt that wrote the
 * transcript.
 */
function expectUndamaged(workspace: string, gridId: string): void {
  const {transcripts, indexLines, manifests, gridManifests, archives} = recordsOf(workspace);
  expect(transcripts.length).toBe(TASKS * QUESTIONS);
  const counting = [...latestRecords(indexLines).values()];
  expect(counting.length).toBe(TASKS * QUESTIONS);
  expect(counting.every(line => line.status === 'succeeded')).toBe(true);
  const attempts = new Map(transcripts.map(({transcript_id: id, provenance}) => [id, provenance.attempt]));
  for (const line of counting) {
    const id = /([^/]+)\.json$/.exec(line.transcript_path)![1]!;
    expect(attempts.get(id), line.question_id).toBe(line.attempt);
  }
  expect([manifests, gridManifests]).toEqual([[], []]);
  expect(archives.length).toBe(1);
  expect(archives[0].manifest.tasks.every((task: any) => task.status === 'succeeded')).toBe(true);
  expect(existsSync(join(workspace, 'bookkeeping/task_record', gridId))).toBe(false);
  const names = readdirSync(workspace, {recursive: true}) as string[];
  expect(names.filter(name => /\.(tmp|lock|fence)$/.test(name))).toEqual([]);
}

if (!CAN_BE_NODES) console.warn('SKIPPED: a paused executor: needs root, to give processes host names of their own');

describe.skipIf(!CAN_BE_NODES)('an executor that is stopped for longer than its leases last', () => {
  test.concurrent('and wakes while another does its tasks leaves them alone', async ({onTestFinished}) => {
    const workspace = workspaceWithGrid(onTestFinished);
    const gridId = await makeGrid(workspace);
    const sleeper = macOnNode('node-a', ['resume', gridId], {cwd: workspace});
    await until(() => readIndexLines(workspace) > 40);
    expect(sleeper.kill('SIGSTOP')).toBe(true);
    expect(sleeper.exitCode, 'it was stopped while it worked').toBeNull();
    await untilStale(workspace, gridId);
    const heir = macOnNode('node-b', ['resume', gridId], {cwd: workspace});
    const before = readIndexLines(workspace);
    await until(() => readIndexLines(workspace) > before + 50 || heir.exitCode !== null);
    sleeper.kill('SIGCONT');
    const [slept, inherited] = await Promise.all([sleeper, heir]);
    // The sleeper keeps the tasks that nobody had claimed when it woke, so either may end while the other has some.
    expect([0, 1]).toContain(inherited.exitCode);
    expect(inherited.stdout + inherited.stderr).not.toContain('cannot write');
    const last = await macOnNode('node-c', ['resume', gridId], {cwd: workspace});
    expect(last.exitCode, last.stderr).toBe(0);
    expect(slept.exitCode).toBe(1);
    expect(slept.stdout + slept.stderr).toContain('another executor took this task over');
    expectUndamaged(workspace, gridId);
  });

  test.concurrent('and wakes when the grid is done and archived brings nothing back', async ({onTestFinished}) => {
    const workspace = workspaceWithGrid(onTestFinished);
    const gridId = await makeGrid(workspace);
    const sleeper = macOnNode('node-a', ['resume', gridId], {cwd: workspace});
    await until(() => readIndexLines(workspace) > 100);
    expect(sleeper.kill('SIGSTOP')).toBe(true);
    expect(sleeper.exitCode, 'it was stopped while it worked').toBeNull();
    await untilStale(workspace, gridId);
    const inherited = await macOnNode('node-b', ['resume', gridId], {cwd: workspace});
    expect(inherited.exitCode, inherited.stderr).toBe(0);
    expectUndamaged(workspace, gridId);
    sleeper.kill('SIGCONT');
    const slept = await sleeper;
    expect(slept.exitCode).toBe(1);
    expectUndamaged(workspace, gridId);
  });
});

function readIndexLines(workspace: string): number {
  const path = join(workspace, 'bookkeeping/e_as-human_index.jsonl');
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n').length - 1 : 0;
}
