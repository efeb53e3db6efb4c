import {existsSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {expect, test} from 'vitest';

import {writeRun} from '../analyze/presets/a-run.ts';
import {runMac} from '../support/mac.ts';

test('mac eval evaluates a run with plots and a postprocessor in TypeScript; a bad line is exit 2', async () => {
  const run = writeRun({config: 'probes: {why: freetext}\n'});
  const cwd = dirname(run);
  writeFileSync(
    join(cwd, 'volume.ts'),
    `import {writeFileSync} from 'node:fs';
export function volume(records: {readonly choice: readonly unknown[]}, outDir: string): {generated_files: string[]} {
  console.log('drawing');
  const path: string = outDir + '/volume.txt';
  writeFileSync(path, String(records.choice.length));
  return {generated_files: [path]};
}`,
  );
  const argv = ['eval', 'builtin.probe_metrics_detailed', '--run-dir', 'run', '--output', 'out/probes.json'];
  const {exitCode, stdout, stderr} = await runMac([...argv, '--postprocessor', 'volume.ts:volume'], {cwd});
  expect(exitCode, stderr).toBe(0);
  expect(stdout).toBe(`${join(cwd, 'out/probes.json')}: 19 metrics, 6 files beside it\n`);
  // What a postprocessor prints does not mix with the answer.
  expect(stderr).toContain('volume.ts:volume: drawing');
  expect(readFileSync(join(cwd, 'out/probes_plots/volume.txt'), 'utf8')).toBe('6');
  expect(readdirSync(join(cwd, 'out/probes_plots')).filter(name => name.endsWith('.png'))).toHaveLength(5);

  writeFileSync(join(run, 'action_events.jsonl'), 'no JSON\n', {flag: 'a'});
  const bad = await runMac(['eval', 'activity_summary', '--run-dir', 'run', '--output', 'actions.json'], {cwd});
  expect(bad.exitCode).toBe(2);
  expect(bad.stderr).toContain(`${join(run, 'action_events.jsonl')}:7: found no JSON, expected one object`);
  expect(existsSync(join(cwd, 'actions.json'))).toBe(false);
});
