import {mkdirSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';

import {describeProblem} from '../../../src/config/problem.ts';
import {createLayout} from '../../../src/record/layout.ts';
import {checkStudyFiles} from '../../../src/runs/open/check-study-files.ts';
import {compileStudy} from '../../plan/study/a-study.ts';
import {temporaryFolder} from '../../support/temporary-folder.ts';

const STUDY = `schema_version: 1
study: {name: demo, scenarios: [s]}
hypotheses:
  h:
    conditions:
      run: {working_directory: work/here, output_root_override: out/run, execution: {command: x}}
      old: {execution: {mode: reuse_existing}, reuse: {runs: [{source: runs/a}]}}
      new: {execution: {mode: reuse_existing}, reuse: {runs: [{source: out/run/part}]}}
`;

test('folders that are not there are problems, unless a row of the study makes them', async () => {
  const workspace = temporaryFolder('mac-check-study-');
  const layout = createLayout({workspace});
  const {plan} = compileStudy(STUDY);
  const find = async (): Promise<string[]> => (await checkStudyFiles(plan, layout)).map(describeProblem);
  expect(await find()).toEqual([
    `demo/study.yaml:6:13: hypotheses.h.conditions.run.working_directory: found work/here, which is not there (task h__run__s__seed1), expected a folder to run in; correct the path, or make ${workspace}/work/here first`,
    expect.stringContaining(
      'hypotheses.h.conditions.old.reuse: found runs/a, which is not there (task h__old__reuse_0)',
    ),
  ]);
  for (const folder of ['work/here', 'runs/a']) mkdirSync(join(workspace, folder), {recursive: true});
  expect(await find()).toEqual([]);
});
