import {expect, test} from 'vitest';

import type {Trial} from '../../src/core/trial.ts';
import type {TrialPlan} from '../../src/plan/trial-plan.ts';
import {packTrials} from '../../src/slurm/submit/pack-trials.ts';
import {aTrial} from '../plan/a-trial.ts';
import {aProfile} from './a-profile.ts';

function aPlan(trials: readonly Trial[]): TrialPlan {
  return {
    makes: 'trials',
    frontend: 'study',
    name: 's.yaml',
    source: {path: 's.yaml', sha256: ''},
    locate: () => undefined,
    set: {kind: 'study', id: 's', folder: 'f'},
    size: trials.length,
    trials: trials.map((trial, index) => ({index, key: `k${index}`, trial})),
    axes: [],
    warnings: [],
    policy: {maxParallel: 1, failFast: false, resume: 'auto'},
    services: null,
    groupings: {case: ['condition'], seed: ['condition', 'seed'], run: ['id']},
    details: {},
    runName: null,
    home: '/h',
  };
}

const row = (condition: string, seed: number, parts: Partial<Trial> = {}): Trial =>
  aTrial({id: `${condition}_${seed}`, labels: {condition, seed, id: `${condition}_${seed}`}, seed, ...parts});

const ROWS = [row('a', 1), row('b', 1), row('a', 2), row('b', 2)];

test('trials that agree in the labels of an array mode share a job, the first mode unless another is asked for', async () => {
  const profile = await aProfile({});
  const packs = (mode?: string) =>
    packTrials(aPlan(ROWS), mode)({profile}, undefined).map(group => group.packs.map(({tasks}) => tasks));
  expect(packs()).toEqual([
    [
      [0, 2],
      [1, 3],
    ],
  ]);
  expect(packs('seed')).toEqual([[[0], [1], [2], [3]]]);
  expect(() => packs('moon')).toThrow('there is no array mode moon');
});

test('only the trials of a batch are packed', async () => {
  const profile = await aProfile({});
  const [group] = packTrials(aPlan(ROWS), 'case')({tasks: [2, 3], profile}, undefined);
  expect(group?.packs.map(({tasks}) => tasks)).toEqual([[2], [3]]);
  expect(group?.tasks).toBe(2);
});

test('trials that ask for other resources are in other arrays, most GPUs first, with what they ask for', async () => {
  const profile = await aProfile({mem: '4G'});
  const rows = [row('a', 1), row('b', 1, {resources: {gpus: 2, mem: '64G', time: '2:00:00', cpus: 8}})];
  const groups = packTrials(aPlan(rows), undefined)({profile}, undefined);
  expect(groups.map(({gpus, packs}) => [gpus, packs.map(({tasks}) => tasks)])).toEqual([
    [2, [[1]]],
    [0, [[0]]],
  ]);
  expect(groups.map(group => [group.profile.mem, group.profile.time, group.profile.cpus_per_task])).toEqual([
    ['64G', '2:00:00', 8],
    ['4G', profile.time, profile.cpus_per_task],
  ]);
  expect(groups[0]?.describeNeeds()).toEqual(['b_1 needs 2 GPUs']);
});

test('their time-outs bound the time of a job', async () => {
  const profile = await aProfile({});
  const rows = [row('a', 1, {timeout_seconds: 60}), row('a', 2, {timeout_seconds: 30})];
  const [group] = packTrials(aPlan(rows), 'case')({profile}, undefined);
  expect(group?.estimate.longestJobSeconds).toBe(90);
});
