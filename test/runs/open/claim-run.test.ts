import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';

import {expect, test} from 'vitest';

import {systemClock} from '../../../src/core/clock.ts';
import type {Caller} from '../../../src/runs/caller.ts';
import {checkRequest} from '../../../src/runs/open/check-request.ts';
import {temporaryFolder} from '../../support/temporary-folder.ts';

test('runs of a suite that begin in one second have folders and records of their own', async () => {
  const workspace = temporaryFolder();
  mkdirSync(join(workspace, 'config'));
  writeFileSync(join(workspace, 'config/run.mjs'), '');
  writeFileSync(
    join(workspace, 'config/suite.mjs'),
    `import {defineConfig, defineSuite} from 'mac/suite';
const Config = defineConfig('twin', {});
export default defineSuite({name: 'twin', entry: './run.mjs', config: Config,
  cases: [{variant: 'a', config: Config.create()}]});
`,
  );
  const {PATH = '', HOME = ''} = process.env;
  const clock = {...systemClock, now: () => Date.UTC(2026, 10, 20, 20, 13, 10)};
  const caller: Caller = {env: {PATH, HOME}, cwd: workspace, clock, onNotice: () => undefined};
  const claimed = await Promise.all(
    [1, 2, 3].map(async () => {
      const {shown, ofTrials} = await (await checkRequest('config/suite.mjs', {}, caller)).claim();
      if (shown.makes !== 'trials') throw new Error('no suite');
      expect(ofTrials?.run_name).toBe(shown.plan.runName);
      return [shown.plan.set.folder, shown.plan.trials[0]?.trial.output_dir];
    }),
  );
  const folder = 'results/twin/20261120_201310_nogit';
  expect(claimed.toSorted()).toEqual([folder, `${folder}_2`, `${folder}_3`].map(each => [each, `${each}/a`]));
});
