import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';

import {systemClock} from '../../src/core/clock.ts';
import {projectSet} from '../../src/project/project-set.ts';
import {requireTrials} from '../../src/plan/compile-trials.ts';
import {describesTrials, parseFile} from '../../src/plan/front-ends.ts';
import type {TrialPlan} from '../../src/plan/trial-plan.ts';
import {sha256} from '../../src/core/seeds/hash.ts';
import {makeTrial, TrialBench} from '../execute/trial/a-trial.ts';

const TEXT = `
schema_version: 1
study: {name: a-study, scenarios: [s], run_defaults: {seeds: [1]}}
hypotheses:
  h: {conditions: {c: {execution: {command: ['true']}}}}
`;

function aPlan(home: string): TrialPlan {
  const parsed = parseFile({path: join(home, 's.yaml'), text: TEXT, sha256: sha256(TEXT)});
  if (!describesTrials(parsed)) throw new Error('a grid');
  return requireTrials(parsed, 's.yaml', {home, workspace: home, submittedAtMs: 0, runName: null, limit: null});
}

test('many that end at once leave derived files that have the records of all, and no notes', async () => {
  const bench = new TrialBench();
  const {layout} = bench;
  const plan = aPlan(layout.workspace);
  const options = {layout, plan, clock: systemClock, env: {}};
  const ends = Array.from({length: 8}, async (_, i) => {
    await bench.run(makeTrial('true', {id: `t${i}`, output_dir: `runs/t${i}`}));
    return await projectSet(options);
  });
  const written = (await Promise.all(ends)).filter(files => files.length > 0);
  expect(written.length).toBeGreaterThan(0);
  const lock = JSON.parse(
    readFileSync(join(layout.workspace, 'experiments/studies/a-study/generated/repro_lock.json'), 'utf8'),
  ) as {records: unknown[]};
  expect(lock.records).toHaveLength(8);
  const folder = layout.trialRecords('study', 'a-study');
  expect(readdirSync(folder).filter(name => name.startsWith('.asked'))).toEqual([]);
});
