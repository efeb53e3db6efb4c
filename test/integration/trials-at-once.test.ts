import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {expect, test} from 'vitest';

import {runMac} from '../support/mac.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';

/**
 * Waits until so many trials have begun, so that the test ends only if these run at the same time; then ends. The log
 * has who began and who ended, in order.
 */
const MEET = `
import {appendFileSync, readFileSync} from 'node:fs';
export async function meet(log, many) {
  appendFileSync(log, 'begin\\n');
  const count = () => readFileSync(log, 'utf8').split('\\n').filter(line => line === 'begin').length;
  while (count() < many) await new Promise(resolve => setTimeout(resolve, 20));
  appendFileSync(log, 'end\\n');
}
`;

interface Meeting {
  readonly workspace: string;
  readonly log: string;
  /** Most trials that were between their begin and their end at the same time. */
  readonly mostAtOnce: () => number;
}

function aMeeting(files: (log: string) => Readonly<Record<string, string>>): Meeting {
  const workspace = temporaryFolder('mac-at-once-');
  const log = join(workspace, 'log');
  writeFileSync(log, '');
  mkdirSync(join(workspace, 'config'));
  for (const [path, text] of Object.entries({'meet.mjs': MEET, ...files(log)})) {
    mkdirSync(dirname(join(workspace, path)), {recursive: true});
    writeFileSync(join(workspace, path), text);
  }
  const mostAtOnce = (): number => {
    let now = 0;
    let most = 0;
    for (const line of readFileSync(log, 'utf8').split('\n')) {
      if (line === 'begin') most = Math.max(most, ++now);
      if (line === 'end') now--;
    }
    return most;
  };
  return {workspace, log, mostAtOnce};
}

test('rows of a study run side by side, as many as it says', async () => {
  const {workspace, mostAtOnce} = aMeeting(log => ({
    'row.mjs': `
import {mkdirSync} from 'node:fs';
import {meet} from './meet.mjs';
mkdirSync(process.env.MAC_OUTPUT_DIR, {recursive: true});
await meet(${JSON.stringify(log)}, 3);`,
    'demo/study.yaml': `
schema_version: 1
study: {name: demo, scenarios: [s], run_defaults: {seed_repeats: 6, max_concurrent: 3}}
hypotheses: {h: {conditions: {c: {execution: {command: node row.mjs}}}}}
`,
  }));
  const {exitCode, stderr} = await runMac(['run', 'demo/study.yaml'], {cwd: workspace});
  expect(exitCode, stderr).toBe(0);
  expect(mostAtOnce()).toBe(3);
});

test('jobs of a benchmark matrix run side by side, as many as it says, and each has its row', async () => {
  const {workspace, mostAtOnce} = aMeeting(log => ({
    // A task that never answers: its jobs fail, but not before all of their neighbours have begun.
    'task.mjs': `
import {meet} from './meet.mjs';
await meet(${JSON.stringify(log)}, 4);
process.exit(3);`,
    'm.yaml': `
run_id: x
tasks: [{id: waits, command: [node, task.mjs]}]
trainers: [NoOpTrainer]
seeds: [1, 2, 3, 4, 5, 6, 7, 8]
max_workers: 4
`,
  }));
  const {exitCode, stderr} = await runMac(['run', 'm.yaml'], {cwd: workspace});
  expect(exitCode, stderr).toBe(1);
  expect(mostAtOnce()).toBe(4);
  expect(readFileSync(join(workspace, 'runs/x/results.csv'), 'utf8').match(/^x,[0-9a-f]{12},waits,/gm)).toHaveLength(8);
});

const SUITE = (log: string, many: number): Readonly<Record<string, string>> => ({
  'run.ts': `
import {defineEntry} from 'mac/suite';
import {meet} from './meet.mjs';
import {Config} from './suite.ts';
await defineEntry(Config, async (_config, ctx) => {
  await meet(${JSON.stringify(log)}, ${many});
  ctx.writeResult({done: 1});
});`,
  'suite.ts': `
import {crossCases, defineConfig, defineSuite, z} from 'mac/suite';
export const Config = defineConfig('demo', {n: z.int().default(0)});
export default defineSuite({
  name: 'demo',
  entry: './run.ts',
  config: Config,
  cases: crossCases({n: [1, 2, 3, 4]}, ({n}) => ({variant: 'case' + n, config: Config.create({n})})),
});`,
});

test.each([
  ['all cases of a suite run side by side', [], 4],
  ['cases of a suite run side by side up to a limit', ['--max-parallel', '2'], 2],
])('%s', async (_title, options, many) => {
  const {workspace, mostAtOnce} = aMeeting(log => SUITE(log, many));
  const {exitCode, stderr} = await runMac(['run', 'suite.ts', ...options], {cwd: workspace});
  expect(exitCode, stderr).toBe(0);
  expect(mostAtOnce()).toBe(many);
});
