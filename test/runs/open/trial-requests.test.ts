import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';

import {QuestionFiles} from '../../../src/questions/question-files.ts';
import {listActiveRuns} from '../../../src/record/grid/active-runs.ts';
import {createLayout} from '../../../src/record/layout.ts';
import {openRun} from '../../../src/runs/open/open-run.ts';
import {checkRequest} from '../../../src/runs/open/check-request.ts';
import {openFreshRun} from '../../../src/runs/open/prepare-run.ts';
import {TrialBench} from '../../execute/trial/a-trial.ts';
import {toCaller} from '../../../src/cli/io.ts';
import {aCommandIo} from '../../support/command-io.ts';

const study = (seeds: string, word = 'one'): string => `
schema_version: 1
study: {name: a-study, scenarios: [s], run_defaults: {seeds: ${seeds}}}
hypotheses:
  h: {conditions: {c: {execution: {command: [sh, -c, 'mkdir -p "$MAC_OUTPUT_DIR"', ${word}]}}}}
`;

/** A workspace with a study of two seeds, of which a test may run some. */
function aStudy() {
  const bench = new TrialBench();
  const {workspace} = bench.layout;
  mkdirSync(join(workspace, 'config'));
  const write = (text: string): void => writeFileSync(join(workspace, 'config/s.yaml'), text);
  write(study('[1, 2]'));
  const {io, written} = aCommandIo(workspace);
  const caller = toCaller(io);
  const check = (options: Parameters<typeof checkRequest>[1] = {}) => checkRequest('config/s.yaml', options, caller);
  return {bench, workspace, write, check, caller, written};
}

test('trials that are done are kept, unless what they do has changed, or they are forced', async () => {
  const {bench, write, check, written} = aStudy();
  const {shown} = await check();
  if (shown.makes !== 'trials') throw new Error('not a study');
  for (const {trial} of shown.plan.trials.slice(0, 1)) await bench.run(trial);
  const again = await check();
  expect([again.indices, again.kept, again.onlySome]).toEqual([[1], [0], true]);
  expect((await check({force: true})).indices).toEqual([0, 1]);
  expect((await check({resume: 'failed'})).indices).toEqual([]);
  expect(written.stderr).toContain('1 trial left out, which never ran');
  write(study('[1, 2]', 'two'));
  expect((await check()).indices).toEqual([0, 1]);
  expect(written.stderr).toContain('what they do has changed since they ran');
});

test('trials are chosen by number and by label', async () => {
  const {check} = aStudy();
  expect((await check({tasks: [{first: 1, last: 1}]})).indices).toEqual([1]);
  expect((await check({only: ['seed=1']})).indices).toEqual([0]);
  await expect(check({tasks: [{first: 5, last: 5}]})).rejects.toMatchObject({code: 'no-such-task'});
  await expect(check({only: ['planet=1']})).rejects.toMatchObject({code: 'label-unknown'});
});

test('options that do not fit the kind of a file are refused, and nothing is written', async () => {
  const {check, workspace} = aStudy();
  await expect(check({rep: 2})).rejects.toMatchObject({code: 'trials-usage'});
  await expect(check({skipInvalid: true})).rejects.toMatchObject({code: 'trials-usage'});
  await expect(check({arrayMode: 'moon'})).rejects.toMatchObject({code: 'grouping-unknown'});
  expect(await listActiveRuns(createLayout({workspace}))).toEqual([]);
});

test('a run that goes on has the trials and keys that it began with, and is nothing where nothing is left', async () => {
  const {bench, write, check, caller, workspace} = aStudy();
  const layout = createLayout({workspace});
  const prepared = await openFreshRun('config/s.yaml', await check(), {}, caller);
  expect(prepared.tasks.map(({label}) => label.experiment)).toEqual(['h__c__s__seed1', 'h__c__s__seed2']);
  // Its snapshot counts, whatever becomes of the file.
  write(study('[7]'));
  const [run] = await listActiveRuns(layout);
  const opened = await openRun(layout, run!, new QuestionFiles(layout));
  expect([opened.run.frontend, opened.tasks.size]).toEqual(['study', 2]);
  expect([0, 1].map(index => opened.tasks.describe(index).task_key)).toEqual(
    prepared.tasks.flatMap(task => (task.kind === 'trial' ? [task.planned.key] : [])),
  );
  opened.refuseOtherSize();
  opened.refuseChanged(0, opened.tasks.describe(0).task_key);
  expect(() => opened.refuseChanged(0, 'another')).toThrow('is not what it was when the run began');
  write(study('[1, 2]'));
  for (const {trial} of opened.trials?.trials ?? []) await bench.run(trial);
  expect(await openFreshRun('config/s.yaml', await check(), {}, caller)).toMatchObject({tasks: [], gridIds: []});
});
