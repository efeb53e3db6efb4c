import {expect, test} from 'vitest';

import {toPageTable} from '../../../src/analyze/report/page-table.ts';
import {readSlurmJobs, slurmTable} from '../../../src/analyze/report/slurm-jobs.ts';
import {readSubmission, updateArray, writeSubmission} from '../../../src/slurm/submission/submission-file.ts';
import {writeElementRecord} from '../../../src/slurm/submission/element-file.ts';
import {submitByHand} from '../../support/submitted-grid.ts';
import {makeWorkspace} from '../../support/workspace.ts';

const ATTEMPT = {
  restart_count: 0,
  node: 'node2',
  gpus: '0',
  started_at: '2026-01-01T00:00:00.000000Z',
  ended_at: '2026-01-01T01:30:00.000000Z',
  questions: {done: 4, total: 4},
  servers: [],
} as const;

test('what was asked of Slurm and what its jobs wrote is one row a submission', async () => {
  const workspace = makeWorkspace();
  const {gridId, layout} = await submitByHand({workspace, profile: {partition: 'gpu'}, spec: '0-1'});
  const submission = updateArray(await readSubmission(layout.slurm(gridId).submission(1)), 0, {
    job_id: '4711',
    resources: {gpus: 2, mem: '16G', time: '02:00:00'},
  });
  await writeSubmission(layout, submission);
  const record = {schema: 'mac.slurm-element/1', grid_id: gridId, submission: 1, array: 0, job_id: '4711'} as const;
  await writeElementRecord(layout, {...record, element: 0, tasks: [0], attempts: [ATTEMPT]});
  const {ended_at: _end, ...killed} = {...ATTEMPT, node: 'node1'};
  await writeElementRecord(layout, {
    ...record,
    element: 1,
    tasks: [1],
    attempts: [killed, {...ATTEMPT, node: 'node1'}],
  });

  const table = toPageTable(slurmTable(await readSlurmJobs(layout, [gridId]))!);
  expect(table.rows).toHaveLength(1);
  const shown = Object.fromEntries(table.head.map(({text}, i) => [text, table.rows[0]![i]!.text]));
  expect(shown).toMatchObject({
    grid: gridId,
    submitted: '2025-12-10 09:08:07 UTC',
    partition: 'gpu',
    jobs: '4711',
    'an element asks for': '2 GPUs, 16G, 02:00:00',
    elements: '2',
    attempts: '3',
    // Two attempts of an hour and a half on two GPUs; of the killed one no end is known.
    'GPU-hours': '6.00',
    nodes: 'node1, node2',
  });
});

test('a grid that was never submitted has no table', async () => {
  const {layout} = await submitByHand({workspace: makeWorkspace()});
  expect(slurmTable(await readSlurmJobs(layout, ['20260101T000000.000Z_1']))).toBeNull();
});
