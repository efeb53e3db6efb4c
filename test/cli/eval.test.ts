import {readFileSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {expect, test} from 'vitest';

import {runProgram} from '../../src/cli/program.ts';
import {aCommandIo} from '../support/command-io.ts';
import {writeRun} from '../analyze/presets/a-run.ts';

test('mac eval --list names every preset, what it reads and what it measures', async () => {
  const {io, written} = aCommandIo('/');
  expect(await runProgram(['eval', '--list'], io)).toBe(0);
  expect(written.stdout).toContain('builtin.activity_summary         action_events.jsonl  users, episodes');
  expect(written.stdout.trim().split('\n')).toHaveLength(9);
});

test('mac eval writes the metrics and says where', async () => {
  const run = writeRun();
  const {io, written} = aCommandIo(dirname(run));
  expect(await runProgram(['eval', 'builtin.probe_choice_detailed', '--run-dir', 'run', '-o', 'o.json'], io)).toBe(0);
  expect(written.stdout).toBe(`${join(dirname(run), 'o.json')}: 8 metrics, 1 file beside it\n`);
  expect(JSON.parse(readFileSync(join(dirname(run), 'o.json'), 'utf8'))).toMatchObject({mode: 'probe_choice'});
});

test('a failing postprocessor and a torn line are warnings, and the exit code is 0', async () => {
  const run = writeRun();
  const cwd = dirname(run);
  writeFileSync(join(run, 'probe_events.jsonl'), '{"event_type": "pro', {flag: 'a'});
  const {io, written} = aCommandIo(cwd);
  const argv = [
    'eval',
    'probe_metrics_detailed',
    '--run-dir',
    run,
    '--output',
    'o.json',
    '--postprocessor',
    'none.mjs:f',
  ];
  expect(await runProgram(argv, io)).toBe(0);
  expect(written.stderr).toContain('warning: probe_events.jsonl: its last line was torn by a crash and is left out');
  expect(written.stderr).toContain(
    `warning: postprocessor none.mjs:f failed: there is no file ${join(cwd, 'none.mjs')}`,
  );
  const json = aCommandIo(cwd);
  expect(await runProgram([...argv, '--json'], json.io)).toBe(0);
  expect(JSON.parse(json.written.stdout)).toMatchObject({
    schema: 'mac.eval/1',
    extensions: [{postprocessor: 'none.mjs:f', status: 'failed'}],
    aggregated: {probes: 13},
  });
});

test.each([
  [['eval'], 'eval-usage'],
  [['eval', 'activity_summary'], 'eval-usage'],
  [['eval', 'activity', '--run-dir', 'run', '-o', 'o.json'], 'preset-unknown'],
  [['eval', 'activity_summary', '--run-dir', 'run', '-o', 'o.json', '--carry-forward'], 'eval-usage'],
  [['eval', 'probe_summary', '--run-dir', 'run', '-o', 'o.json', '--postprocessor', 'a.mjs'], 'eval-usage'],
  [['eval', 'probe_metrics_detailed', '--run-dir', 'run', '-o', 'o.json', '--postprocessor', ':f'], 'eval-usage'],
  [['eval', 'activity_summary', '--run-dir', 'nowhere', '-o', 'o.json'], 'events-missing'],
  [['eval', 'activity_summary', '--run-dir', 'run', '-o', 'run'], 'output-unwritable'],
])('mac %j is refused: %s', async (argv, code) => {
  const {io} = aCommandIo(dirname(writeRun()));
  await expect(runProgram(argv, io)).rejects.toMatchObject({code});
});
