import {existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {execa} from 'execa';
import {expect, test} from 'vitest';

import {seededRandom} from '../../src/core/seeds/random.ts';
import {MAC, runMac} from '../support/mac.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';

const ROWS = 24;
const KILLS = 10;

const STUDY = `schema_version: 1
study: {name: demo, scenarios: [s], run_defaults: {seed_repeats: ${ROWS}, max_concurrent: 3}}
evaluations: [{id: score, command: [node, ./score.mjs]}]
hypotheses: {h: {conditions: {c: {execution: {command: [node, config/demo/run.mjs]}}}}}
`;

/** A row takes a moment, so that it can be killed in its midst. */
const RUN = `import {appendFileSync, mkdirSync} from 'node:fs';
appendFileSync('started.txt', process.env.MAC_TRIAL_ID + '\\n');
mkdirSync(process.env.MAC_OUTPUT_DIR, {recursive: true});
setTimeout(() => appendFileSync('ended.txt', process.env.MAC_TRIAL_ID + '\\n'), 200);
`;
const SCORE = `import {writeFileSync} from 'node:fs';
writeFileSync(process.argv.at(-1), '{"aggregated": {"one": 1}}');
`;

function makeStudy(): string {
  const workspace = temporaryFolder('mac-killed-');
  const folder = join(workspace, 'config/demo');
  mkdirSync(folder, {recursive: true});
  for (const [name, text] of Object.entries({'study.yaml': STUDY, 'run.mjs': RUN, 'score.mjs': SCORE})) {
    writeFileSync(join(folder, name), text);
  }
  return workspace;
}

const linesOf = (path: string): string[] => (existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n') : []);

/** Ids of the rows that are recorded as done. */
function listDone(workspace: string): string[] {
  const folder = join(workspace, 'bookkeeping/trial_record/study/demo');
  const names = existsSync(folder) ? readdirSync(folder).filter(name => /^[^.].*\.json$/.test(name)) : [];
  return names
    .map(name => JSON.parse(readFileSync(join(folder, name), 'utf8')))
    .filter(({status}) => status === 'succeeded')
    .map(({trial}) => trial.id);
}

test(`killed ${KILLS} times with -9 a study ends complete, and no row that was done runs again`, async () => {
  const workspace = makeStudy();
  const started = join(workspace, 'started.txt');
  const random = seededRandom('instants of death');
  const done = new Set<string>();
  for (let kill = 0; kill < KILLS; kill++) {
    const before = linesOf(started).length;
    const startsUntilDeath = 1 + Math.floor(random() * 4);
    const delayMs = Math.floor(random() * 400);
    const child = execa(process.execPath, [MAC, 'run', 'config/demo'], {cwd: workspace, reject: false});
    const timer = setInterval(() => {
      if (linesOf(started).length < before + startsUntilDeath) return;
      clearInterval(timer);
      setTimeout(() => child.kill('SIGKILL'), delayMs);
    }, 5);
    await child;
    clearInterval(timer);
    const again = linesOf(started).slice(before);
    expect(again.filter(id => done.has(id))).toEqual([]);
    for (const id of listDone(workspace)) done.add(id);
  }
  const {exitCode} = await runMac(['run', 'config/demo'], {cwd: workspace});
  expect(exitCode).toBe(0);
  expect(listDone(workspace)).toHaveLength(ROWS);
  const generated = join(workspace, 'experiments/studies/demo/generated');
  const {records} = JSON.parse(readFileSync(join(generated, 'repro_lock.json'), 'utf8'));
  expect(records.map(({status}: {status: string}) => status)).toEqual(new Array(ROWS).fill('success'));
  const ended = linesOf(join(workspace, 'ended.txt'));
  expect(new Set(ended).size).toBe(ROWS);
});
