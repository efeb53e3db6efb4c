import {spawn} from 'node:child_process';
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';

import {seededRandom} from '../../src/core/seeds/random.ts';
import {createLayout} from '../../src/record/layout.ts';
import {readTrialRecords, type TrialRecord} from '../../src/record/trial/trial-record.ts';
import {MAC, runMac} from '../support/mac.ts';
import {untilNoneWith} from '../support/processes.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';

const ROWS = 16;
const KILLS = 10;

/** A workspace with a file of 16 trials. JSON is YAML. */
function makeWorkspace(content: (cwd: string) => object): string {
  const cwd = temporaryFolder('mac-often-');
  mkdirSync(join(cwd, 'config/often'), {recursive: true});
  writeFileSync(join(cwd, 'config/often/often.yaml'), JSON.stringify(content(cwd)));
  return cwd;
}

type Read = () => Promise<ReadonlyMap<string, TrialRecord>>;

/** Starts `mac run` and kills it a while after a trial has begun; it may have ended by then. */
async function runAndKill(cwd: string, afterMs: number, read: Read): Promise<void> {
  const begins = async (): Promise<Set<string>> => new Set([...(await read()).values()].map(each => each.started_at));
  const before = await begins();
  const mac = spawn(process.execPath, [MAC, 'run', 'config/often/often.yaml', '--max-parallel', '2'], {
    cwd,
    stdio: 'ignore',
  });
  const ended = new Promise(resolve => mac.once('exit', resolve));
  const isOver = (): boolean => mac.exitCode !== null || mac.signalCode !== null;
  while (!isOver() && [...(await begins())].every(time => before.has(time))) {
    await new Promise(resolve => setTimeout(resolve, 10));
  }
  const timer = setTimeout(() => mac.kill('SIGKILL'), afterMs);
  await ended;
  clearTimeout(timer);
  // Of the killed one nothing goes on that could still write.
  await untilNoneWith(cwd);
}

/**
 * Kills a run at random instants and runs it again, until it is done.
 *
 * @returns the records at the end. None that succeeded was ever made again.
 */
async function killOften(cwd: string, set: {kind: string; id: string}): Promise<ReadonlyMap<string, TrialRecord>> {
  const layout = createLayout({workspace: cwd});
  const random = seededRandom(set.kind);
  const read: Read = () => readTrialRecords(layout, set);
  const done = new Map<string, TrialRecord>();
  let interrupted = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    await runAndKill(cwd, random() * 1_000, read);
    for (const [id, record] of await read()) {
      if (done.has(id)) expect(record, id).toMatchObject({status: 'succeeded', attempt: done.get(id)?.attempt});
      if (record.status === 'succeeded') done.set(id, record);
      if (record.status === 'started') interrupted++;
    }
  }
  // The kills met trials at work.
  expect(interrupted).toBeGreaterThan(0);
  const {exitCode, stderr} = await runMac(['run', 'config/often/often.yaml'], {cwd});
  expect(exitCode, stderr).toBe(0);
  const records = await read();
  expect([...records.values()].map(({status}) => status)).toEqual(Array.from({length: ROWS}, () => 'succeeded'));
  for (const [id, {attempt, started_at}] of done) expect(records.get(id)).toMatchObject({attempt, started_at});
  return records;
}

test('a study that is killed at ten random instants and run again does nothing twice that was recorded', async () => {
  const run = `mkdir -p "$MAC_OUTPUT_DIR"; echo "$MAC_SEED $MAC_ATTEMPT" >> "$0/begun"; sleep 0.4`;
  const cwd = makeWorkspace(folder => ({
    schema_version: 1,
    study: {name: 'often', scenarios: ['s'], run_defaults: {seed_start: 1, seed_repeats: ROWS}},
    evaluations: [
      {
        id: 'e',
        command: ['bash', '-c', `echo '{"aggregated": {"m": 1}}' > "$1"`, 'e', '{output_path}'],
        manage_io_args: false,
      },
    ],
    hypotheses: {h: {conditions: {c: {execution: {command: ['bash', '-c', run, folder]}}}}},
  }));
  const records = await killOften(cwd, {kind: 'study', id: 'often'});
  const begun = readFileSync(join(cwd, 'begun'), 'utf8').trim().split('\n');
  for (const [id, {attempt, trial, evaluations, metrics}] of records) {
    expect({id, metrics, evaluations: evaluations.length}).toEqual({id, metrics: {m: 1}, evaluations: 1});
    // Nothing began again after the attempt that its record is of.
    const attempts = begun.map(line => line.split(' ').map(Number)).filter(([seed]) => seed === trial.seed);
    expect(Math.max(...attempts.map(([, number]) => number ?? 0)), id).toBe(attempt);
  }
});
