import {rmSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';

import {runMac} from '../support/mac.ts';
import {quickstartRun} from '../support/quickstart.ts';

test('mac results of the quickstart: every cell with the metrics of its benchmark, n and interval', async () => {
  const cwd = await quickstartRun(['--limit', '8']);
  const {exitCode, stdout, stderr} = await runMac(['results', '--draws', '199'], {cwd});
  expect(exitCode, stderr).toBe(0);
  expect(stderr).toBe('');
  expect(stdout).toMatch(/quickstart_\S+: 9 tasks with results/);
  expect(stdout).toMatch(/^BBQ, round last$/m);
  expect(stdout).toMatch(/^0\.persona +part +conversations +accuracy_ambig +accuracy_disambig +s_amb +s_dis/m);
  expect(stdout).toMatch(/^nurse +Age +\d+ .*-?\d\.\d{3} \[-?\d\.\d{3}, \d\.\d{3}\] \(\d+\)/m);
  const personas = [...stdout.matchAll(/^(\S+) +Age +/gm)].map(([, persona]) => persona);
  expect(personas, 'in the order of the config').toEqual(['null', 'nurse', 'judge']);
  expect(stdout).not.toContain('missing');
  expect(stdout).toMatch(/^not given: accuracy: DiscrimEval has no right answers/m);

  const json = await runMac(['results', 'bbq_sample', '--by', 'benchmark,round', '--draws', '199', '--json'], {cwd});
  const results = JSON.parse(json.stdout);
  expect(results).toMatchObject({schema: 'mac.results/1', tasks: 3, draws: 199, problems: []});
  expect(new Set(results.cells.map(({round}: any) => round))).toEqual(new Set([0, 1, 2]));
  for (const {estimates} of results.cells) {
    for (const {value, reason, n, interval, interval_reason: why, counts, method} of estimates) {
      expect(value === null).toBe(typeof reason === 'string');
      expect(interval === null).toBe(typeof why === 'string');
      expect(n).toBeGreaterThanOrEqual(0);
      const isOfAllRounds: boolean = reason?.startsWith('of all rounds together') ?? false;
      expect(Object.keys(counts).length === 0).toBe(isOfAllRounds);
      expect(method).toBeTypeOf('string');
    }
  }
});

test('mac results refuses accuracy on DiscrimEval with the reason, explains numbers, and names what is missing', async () => {
  const cwd = await quickstartRun(['--limit', '8']);
  const refused = await runMac(['results', 'discrimEval_sample', '--metric', 'accuracy'], {cwd});
  expect(refused.exitCode).toBe(2);
  expect(refused.stderr).toContain('DiscrimEval has no right answers');
  const unknown = await runMac(['results', '--metric', 's_ambig'], {cwd});
  expect(unknown.exitCode).toBe(2);
  expect(unknown.stderr).toContain('s_amb');

  const {stdout} = await runMac(['results', 'bbq_sample', '--explain', 's_dis', '--draws', '99'], {cwd});
  expect(stdout).toMatch(/bias score, disambiguated \(s_DIS\): /);
  expect(stdout).toMatch(/agent@last\/disambig_biased_neg {2}\d+/);

  const one = await runMac(['results', '--explain', 'effect_black', '--cell', 'persona=judge', '--draws', '99'], {cwd});
  expect(one.exitCode, one.stderr).toBe(0);
  expect(one.stdout).toMatch(/persona=judge/);
  expect(one.stdout).not.toMatch(/persona=nurse/);
  expect(one.stdout).toMatch(/^ {4}decisions {2}\d+$/m);
  const numbers = (name: string): number[] =>
    [...one.stdout.matchAll(new RegExp(`^ {4}${name}(?::.*)? {2}(\\d+)$`, 'gm'))].map(([, count]) => Number(count));
  for (const name of ['n', 'yes']) {
    const [total, ...groups] = numbers(name);
    expect(groups.reduce((sum, count) => sum + count, 0)).toBe(total);
  }
  for (const [args, message] of [
    [['--cell', 'persona=jugde'], 'did you mean judge?'],
    [['--cell', 'colour=red'], 'no column "colour"'],
    [['--cell', 'judge'], 'column=value'],
    [['--round', '9'], 'rounds 0–2'],
    [['--draws', '1'], '≥ 99'],
  ] as const) {
    const {exitCode, stderr} = await runMac(['results', ...args], {cwd});
    expect(exitCode, stderr).toBe(2);
    expect(stderr).toContain(message);
  }

  rmSync(join(cwd, 'data/sample/diffAware_sample.jsonl'));
  const partial = await runMac(['results', '--draws', '99'], {cwd});
  expect(partial.exitCode).toBe(0);
  expect(partial.stderr).toContain('1 × questions-missing');
  expect(partial.stdout).not.toContain('diff_aware');
  expect(partial.stdout).toContain('s_amb');

  const sides = ['persona=judge,benchmark=diffAware_sample', 'persona=nurse,benchmark=diffAware_sample'];
  const compared = await runMac(['compare', ...sides], {cwd});
  expect(compared.exitCode).toBe(2);
  expect(compared.stderr).toContain('1 × questions-missing');
  expect(compared.stderr).not.toContain('same benchmark');
  const nothing = await runMac(['results', 'diffAware_sample'], {cwd});
  expect(nothing.exitCode).toBe(1);
  expect(nothing.stdout).toContain('no conversation could be scored');
  expect(nothing.stderr).toContain('1 × questions-missing');
});
