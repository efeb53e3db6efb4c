import {expect, test} from 'vitest';

import {packTrials} from '../../src/slurm/submit/pack-trials.ts';
import {compileStudy} from '../plan/study/a-study.ts';
import {aProfile} from './a-profile.ts';

/** Two hypotheses with two conditions, two seeds each; ids hold what others took for separators. */
const STUDY = `schema_version: 1
study: {name: demo, scenarios: ["s::t"], run_defaults: {seeds: [1, 2]}}
hypotheses:
  "a::b": {conditions: {"c=1 d": {execution: {command: x}}, "c": {execution: {command: x}}}}
  "a": {conditions: {"b::c=1 d": {execution: {command: x}}, "b::c": {execution: {command: x}}}}
`;

test.each([
  ['case', 4],
  ['seed', 8],
  ['hypothesis', 2],
  ['run', 8],
])('the array mode %s puts the rows of a study into %d jobs, whatever their ids hold', async (mode, jobs) => {
  const {plan, problems} = compileStudy(STUDY);
  expect(problems).toEqual([]);
  const [group] = packTrials(plan, mode)({profile: await aProfile({})}, undefined);
  expect(group?.packs).toHaveLength(jobs);
  expect(group?.packs.flatMap(({tasks}) => tasks).toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
});
