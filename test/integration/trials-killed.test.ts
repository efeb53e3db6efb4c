import {existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {execa} from 'execa';
import {expect, onTestFinished, test} from 'vitest';

import {type Random, seededRandom} from '../../src/core/seeds/random.ts';
import {MAC} from '../support/mac.ts';
import {untilNoneWith} from '../support/processes.ts';
import {temporaryFolder, type WhenDone} from '../support/temporary-folder.ts';
import {readSetRecords} from '../support/trial-records.ts';

const SEED = Number(process.env['MAC_TEST_SEED'] ?? 20251210);
const KILLS = 10;
const TRIALS = 6;

/** A file of six trials whose programs tell `{workspace}/starts` and `{workspace}/overlaps` what they see. */
interface Subject {
  readonly kind: 'study' | 'bench';
  readonly set: string;
  readonly file: string;
  readonly files: (cwd: string) => Readonly<Record<string, string>>;
  /** Fails unless the files that are made of records are complete. */
  readonly expectComplete: (cwd: string) => void;
}

/** A second process of a trial finds the lock of the first, which every process that it started holds too. */
const LOCKED = `cd "$0"
exec 9>> "lock.$MAC_TRIAL_ID"
flock -n 9 || { echo "$MAC_TRIAL_ID" >> overlaps; exit 1; }
echo "$MAC_TRIAL_ID" >> starts
mkdir -p "$MAC_OUTPUT_DIR"
`;

const STUDY: Subject = {
  kind: 'study',
  set: 'killed',
  file: 'config/killed/study.yaml',
  files: cwd => ({
    'config/killed/study.yaml': JSON.stringify({
      schema_version: 1,
      study: {name: 'killed', scenarios: ['a', 'b'], run_defaults: {seeds: [1, 2, 3], max_concurrent: 2}},
      hypotheses: {h: {conditions: {c: {execution: {command: ['bash', '-c', `${LOCKED} sleep 0.3`, cwd]}}}}},
    }),
  }),
  expectComplete: cwd => {
    const lock = readJson(cwd, 'experiments/studies/killed/generated/repro_lock.json');
    expect(lock.records.map(({status}: {status: string}) => status)).toEqual(Array(TRIALS).fill('success'));
  },
};

const BENCH: Subject = {
  kind: 'bench',
  set: 'killed',
  file: 'config/killed.yaml',
  files: cwd => ({
    'config/killed.yaml': JSON.stringify({
      run_id: 'killed',
      max_workers: 2,
      seeds: [1, 2, 3, 4, 5, 6],
      tasks: [{id: 'slow', command: ['bash', '-c', `${LOCKED} exec node slow-task.mjs`, cwd]}],
      trainers: ['NoOpTrainer'],
    }),
    'slow-task.mjs': SLOW_TASK,
  }),
  expectComplete: cwd => {
    const [, ...rows] = readFileSync(join(cwd, 'runs/killed/results.csv'), 'utf8').trimEnd().split('\n');
    expect(rows).toHaveLength(TRIALS);
    const {jobs} = readJson(cwd, 'runs/killed/meta/manifest.json');
    expect(jobs).toHaveLength(TRIALS);
    // Of an earlier run, or of the last one.
    for (const {status} of jobs) expect(['reused', 'ok']).toContain(status);
  },
};

/** A task of docs/optimize-protocol.md, whose one evaluation takes a while. */
const SLOW_TASK = `
import {createInterface} from 'node:readline';
const example = {inputs: [0], infos: [0]};
const replies = {
  hello: {name: 'slow', protocol: 'mac.optimize/1'},
  build: {
    parameters: [{name: 'x', kind: 'number', value: 1}],
    train_dataset: example,
    optimizer_kwargs: {objective: 'none'},
    metadata: {benchmark: 'external', entry: 'slow'},
  },
  evaluate: {score: 1, feedback: ''},
};
for await (const line of createInterface({input: process.stdin})) {
  const {id, method} = JSON.parse(line);
  if (method === 'close') process.exit();
  const answer = () => console.log(JSON.stringify({protocol: 'mac.optimize/1', id, result: replies[method]}));
  if (method === 'evaluate') setTimeout(answer, 200);
  else answer();
}
`;

test.each([STUDY, BENCH])(
  'a $kind killed ten times with -9 and resumed does no trial twice',
  async subject => await expectNothingTwice(subject),
);

async function expectNothingTwice(subject: Subject): Promise<void> {
  const random = seededRandom(`${SEED} ${subject.kind}`);
  let kills = 0;
  let killsHalfway = 0;
  for (let round = 1; kills < KILLS || killsHalfway === 0; round++) {
    expect(round, 'runs are killed before they are done').toBeLessThan(20);
    const cwd = makeSubject(subject, onTestFinished);
    const done = new Map<string, number>();
    for (;;) {
      // Seldom once all are done: what is killed then has only its files to finish.
      const isWanted = (kills < KILLS || killsHalfway === 0) && (done.size < TRIALS || random() < 0.2);
      const instant = isWanted ? chooseInstant(TRIALS - done.size, random) : null;
      const isKilled = await runUntil(cwd, chooseVerb(cwd, subject, random), instant);
      await untilNoneWith(cwd);
      const starts = readLines(cwd, 'starts');
      const countStarts = (id: string): number => starts.filter(each => each === id).length;
      for (const [id, count] of done) expect(countStarts(id), `${id} was done and started again`).toBe(count);
      const records = readSetRecords(cwd, subject.kind, subject.set);
      for (const [id, {status}] of records) if (status === 'succeeded') done.set(id, countStarts(id));
      expect(readLines(cwd, 'overlaps')).toEqual([]);
      if (!isKilled) break;
      kills++;
      if (done.size > 0 && done.size < TRIALS) killsHalfway++;
      const when = instant && `${Math.round(instant.afterMs)} ms after ${instant.starts} starts`;
      console.log(`${subject.kind}, seed ${SEED}, kill ${kills}: ${when}; ${done.size} of ${TRIALS} are done`);
    }
    const records = [...readSetRecords(cwd, subject.kind, subject.set).values()];
    expect(records.map(({status}) => status)).toEqual(Array(TRIALS).fill('succeeded'));
    subject.expectComplete(cwd);
  }
}

function makeSubject(subject: Subject, whenDone: WhenDone): string {
  const cwd = temporaryFolder(`mac-killed-${subject.kind}-`, undefined, whenDone);
  for (const [path, text] of Object.entries(subject.files(cwd))) {
    mkdirSync(join(cwd, path, '..'), {recursive: true});
    writeFileSync(join(cwd, path), text);
  }
  return cwd;
}

/** Chooses by chance how work that was begun goes on: by `mac resume` or by the same `mac run`. */
function chooseVerb(cwd: string, {file, kind, set}: Subject, random: Random): string[] {
  const records = [...readSetRecords(cwd, kind, set).values()];
  const isBegun = records.length > 0 && records.some(({status}) => status !== 'succeeded');
  return isBegun && random() < 0.5 ? ['resume', 'latest'] : ['run', file];
}

/** A time of a run: some of its trials have started, and then a while has passed. */
interface Instant {
  readonly starts: number;
  readonly afterMs: number;
}

/** Chooses any instant between the start of the command and the end of its last trial. */
function chooseInstant(left: number, random: Random): Instant {
  const starts = Math.floor(random() * (left + 1));
  return {starts, afterMs: random() * (starts === 0 ? 1000 : 800)};
}

/** Runs the command, and kills it at an instant. @returns false when it had done everything before. */
async function runUntil(cwd: string, verb: readonly string[], instant: Instant | null): Promise<boolean> {
  const before = readLines(cwd, 'starts').length;
  const child = execa(process.execPath, [MAC, ...verb], {cwd, reject: false});
  const ended = child.then(() => true);
  if (instant) {
    const wait = async (ms: number): Promise<boolean> =>
      await Promise.race([ended, new Promise<boolean>(resolve => setTimeout(() => resolve(false), ms))]);
    let isOver = false;
    while (!isOver && readLines(cwd, 'starts').length < before + instant.starts) isOver = await wait(2);
    if (!isOver && !(await wait(instant.afterMs))) child.kill('SIGKILL');
  }
  const {signal, exitCode, stderr, stdout} = await child;
  if (signal === 'SIGKILL') return true;
  expect(exitCode, `${stdout}${stderr}`).toBe(0);
  return false;
}

function readLines(cwd: string, name: string): string[] {
  const path = join(cwd, name);
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n').filter(Boolean) : [];
}

function readJson(cwd: string, path: string): any {
  return JSON.parse(readFileSync(join(cwd, path), 'utf8'));
}
