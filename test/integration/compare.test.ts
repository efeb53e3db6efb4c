import {cpSync, mkdirSync} from 'node:fs';
import {join, resolve} from 'node:path';
import {expect, test} from 'vitest';

import {runMac} from '../support/mac.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';

const ROOT = resolve(import.meta.dirname, '../..');

test('mac compare: two cells and the levels of a factor, for people and for machines, and what is refused', async () => {
  const cwd = temporaryFolder('mac-compare-');
  mkdirSync(join(cwd, 'config'));
  cpSync(join(ROOT, 'config/quickstart.yaml'), join(cwd, 'config/quickstart.yaml'));
  cpSync(join(ROOT, 'data/sample'), join(cwd, 'data/sample'), {recursive: true});
  const {exitCode, stderr} = await runMac(['run', 'config/quickstart.yaml', '--limit', '8'], {cwd});
  expect(exitCode, stderr).toBe(0);

  const cells = await runMac(['compare', 'persona=judge', 'persona=null', '--draws', '99'], {cwd});
  expect(cells.exitCode, cells.stderr).toBe(0);
  expect(cells.stdout).toMatch(/^persona=judge \(3 tasks\) − persona=null \(3 tasks\)$/m);
  expect(cells.stdout).toMatch(/held fixed: benchmark, questions_file; 3 blocks of otherwise equal tasks/);
  expect(cells.stdout).toMatch(/^part +metric +first +second +difference +p +p \(Holm\) +questions +clusters$/m);
  expect(cells.stdout).toMatch(/^Age +accuracy_disambig +\d\.\d{3} +\d\.\d{3} +-?\d\.\d{3} \[/m);
  expect(cells.stdout).toMatch(/^not given: accuracy: DiscrimEval has no right answers/m);
  expect(cells.stdout).toMatch(/^p \(Holm\): corrected over the \d+ tests above$/m);

  const metrics = 'diff_aware,flip_rate,effect_black,dose_response:1 of 1';
  const factor = ['compare', '--factor', 'persona', '--baseline', 'null', '--metric', metrics, '--draws', '99'];
  const json = await runMac([...factor, '--json'], {cwd});
  const comparison = JSON.parse(json.stdout);
  expect(comparison).toMatchObject({schema: 'mac.compare/1', factor: 'agent_definitions.0.persona', draws: 99});
  expect(comparison.comparisons.map(({first, second}: any) => [first.name, second.name])).toEqual([
    ['nurse', 'null'],
    ['judge', 'null'],
  ]);
  const effects: any[] = comparison.comparisons.flatMap(({strata}: any) => strata.flatMap((each: any) => each.effects));
  expect(new Set(effects.map(({id}) => id))).toEqual(new Set(metrics.split(',')));
  expect(effects.filter(({p_value: p}) => p !== null)).toHaveLength(comparison.family.tests);
  for (const {difference, reason, interval, interval_reason: why, p_value: p, p_holm: holm} of effects) {
    expect(difference === null).toBe(typeof reason === 'string');
    expect(interval === null).toBe(typeof why === 'string');
    expect(holm === null).toBe(p === null);
    if (p !== null) expect(holm).toBeGreaterThanOrEqual(p);
  }

  for (const [args, message] of [
    [['persona=judge'], 'a comparison needs two sides, or a --factor'],
    [['latest', '--factor', 'persona'], '--factor compares its own levels'],
    [['persona=judge', 'persona=nurse', '--metric', 'accuracy', '--of', 'discrimEval_sample'], 'has no right answers'],
    [['benchmark=bbq_sample', 'benchmark=diffAware_sample'], 'both sides need the same benchmark'],
    [
      ['persona=judge', 'persona=nurse', '--metric', 'accuracy_'],
      'did you mean accuracy_cost, accuracy_ambig, accuracy_disambig, change:accuracy_cost? mac schema metrics lists all',
    ],
  ] as const) {
    const refused = await runMac(['compare', ...args], {cwd});
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toContain(message);
    expect(refused.stdout).toBe('');
  }
});
