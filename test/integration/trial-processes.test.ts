import {spawn} from 'node:child_process';
import {existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {pathToFileURL} from 'node:url';
import {execa} from 'execa';
import {expect, test} from 'vitest';

import {createLayout} from '../../src/record/layout.ts';
import {freezeCode} from '../../src/slurm/submit/freeze-code.ts';
import {makeTrial, TrialBench} from '../execute/trial/a-trial.ts';
import {MAC, runMac} from '../support/mac.ts';
import {processesWith, untilNoneWith} from '../support/processes.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';

/** A workspace with a study of one run, which executes a shell script. */
function makeStudy(script: string): string {
  const cwd = temporaryFolder('mac-killed-');
  mkdirSync(join(cwd, 'config/one'), {recursive: true});
  const study = {
    schema_version: 1,
    study: {name: 'one', scenarios: ['s']},
    hypotheses: {h: {conditions: {c: {execution: {command: ['bash', '-c', script, cwd]}}}}},
  };
  // JSON is YAML.
  writeFileSync(join(cwd, 'config/one/study.yaml'), JSON.stringify(study));
  return cwd;
}

/** Waits until a file is there. */
async function untilExists(path: string): Promise<void> {
  while (!existsSync(path)) await new Promise(resolve => setTimeout(resolve, 20));
}

test('a killed mac leaves nothing of its trials running, and the trial runs again', async () => {
  // The first time it leaves a process that left its session and takes no SIGTERM, and waits; then it just ends.
  const stubborn = `trap '' TERM; while :; do sleep 0.2; done`;
  const cwd = makeStudy(`mkdir -p "$MAC_OUTPUT_DIR"; echo "$MAC_ATTEMPT" >> "$0/attempts"
if [ ! -e "$0/begun" ]; then setsid -f bash -c "${stubborn}" "$0/escaped"; touch "$0/begun"; sleep 1000; fi`);
  const mac = spawn(process.execPath, [MAC, 'run', 'config/one/study.yaml'], {cwd, stdio: 'ignore'});
  const ended = new Promise(resolve => mac.once('exit', resolve));
  await untilExists(join(cwd, 'begun'));
  expect(processesWith(join(cwd, 'escaped')).length).toBe(1);
  mac.kill('SIGKILL');
  await ended;
  await untilNoneWith(cwd);
  const {exitCode, stderr} = await runMac(['run', 'config/one/study.yaml'], {cwd});
  expect(exitCode, stderr).toBe(0);
  expect(readFileSync(join(cwd, 'attempts'), 'utf8')).toBe('1\n2\n');
  const record = JSON.parse(readFileSync(join(cwd, 'bookkeeping/trial_record/study/one/h__c__s__seed1.json'), 'utf8'));
  expect(record).toMatchObject({status: 'succeeded', attempt: 2, history: [{attempt: 1, status: 'started'}]});
});

test('the frozen code of jobs runs modules in TypeScript', async () => {
  const cwd = temporaryFolder('mac-frozen-');
  const layout = createLayout({workspace: cwd});
  const {path} = await freezeCode(layout);
  writeFileSync(join(cwd, 'case.ts'), 'enum Mode { Plain = 3 }\nconsole.log(Mode.Plain as number);\n');
  const dist = (file: string): string => JSON.stringify(pathToFileURL(join(path, 'dist', file)).href);
  const program = `
import {prepareCommand} from ${dist('execute/trial/prepare-command.js')};
import {findPlaces} from ${dist('execute/trial/trial-places.js')};
import {createLayout} from ${dist('record/layout.js')};
const layout = createLayout({workspace: ${JSON.stringify(cwd)}});
const trial = {id: 'a', config: {}, details: {}, cwd: '.', output_dir: 'out', runner: {kind: 'module', file: 'case.ts', inspect: false}};
const {argv} = await prepareCommand(trial, findPlaces(layout, {kind: 'suite', id: 'x', folder: 'x'}, trial, 1), layout);
process.stdout.write(JSON.stringify(argv));`;
  writeFileSync(join(cwd, 'prepare.mjs'), program);
  const {stdout} = await execa(process.execPath, [join(cwd, 'prepare.mjs')], {cwd});
  const [node = '', ...args] = JSON.parse(stdout) as string[];
  expect(args.join(' ')).toContain(path);
  expect((await execa(node, args, {cwd})).stdout).toBe('3');
});

test('an optimization job runs in a process of its own, from its job file', async () => {
  const bench = new TrialBench();
  const job = {task: 'internal:numeric_param', trainer: 'NoOpTrainer'};
  const record = await bench.run(makeTrial('', {runner: {kind: 'optimize', job}}));
  expect(record, record.tail.join('\n')).toMatchObject({status: 'succeeded', exit_code: 0});
  expect(record.metrics['score_val']).toBe(-3);
  expect(record.command?.slice(1)).toEqual([
    expect.stringMatching(/dist\/optimize\/main\.js$/),
    '--job',
    bench.path('runs/a/job.json'),
  ]);
});

test('an optimization job that does not exist is a failure of its trial', async () => {
  const job = {task: 'internal:no_such_task', trainer: 'NoOpTrainer'};
  const record = await new TrialBench().run(makeTrial('', {runner: {kind: 'optimize', job}}));
  expect(record.status).toBe('failed');
  expect(record.reason).toContain('no_such_task');
});
