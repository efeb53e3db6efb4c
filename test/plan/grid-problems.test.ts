import {describe, expect, test} from 'vitest';

import {ConfigError} from '../../src/config/problem.ts';
import {aConfig} from '../config/a-config.ts';
import {gridPlan, planOfText, tasksOf} from './a-plan.ts';

/** The base config on one line, so that line numbers count the grid's. */
function withGrid(grid: string, changes: Readonly<Record<string, unknown>> = {}): string {
  const base = Object.entries(aConfig(changes)).map(([name, section]) => `${name}: ${JSON.stringify(section)}`);
  return `_grid:\n${grid}\n${base.join('\n')}\n`;
}

function messageOf(text: string): string {
  try {
    const plan = planOfText(text);
    for (const index of tasksOf(plan)) plan.rawAt(index);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    expect(error).toHaveProperty('code', 'grid-invalid');
    return (error as Error).message;
  }
  return 'nothing is wrong';
}

const GOOD = '  sweep: {agent_definitions.0.persona: [a]}\n';

describe('a _grid that does not expand is refused with the place, what is there and what should be', () => {
  test.each<[string, string, string]>([
    ['  sweep: {a: []}', 'c.yaml:2:11: _grid.sweep.a', 'no values'],
    ['  sweep: {a: 5}', 'c.yaml:2:11: _grid.sweep.a', 'found 5, expected a list of values'],
    ['  sweep: {a: abc}', '_grid.sweep.a', 'found "abc", expected a list'],
    ['  sweep: {a: {k: 1}}', '_grid.sweep.a', 'found a mapping, expected a list'],
    ['  sweep: {a: null}', '_grid.sweep.a', 'found null, expected a list'],
    ['  sweep: [1]', 'c.yaml:2:3: _grid.sweep', 'expected a mapping'],
    ['  sweeps: {a: [1]}', 'c.yaml:2:3: _grid.sweeps', 'did you mean "sweep"?'],
    ['  sweep: {}', 'c.yaml:1:1: _grid', 'no sweep, broadcast or zip'],
    ['  derive: {a: b}', 'c.yaml:1:1: _grid', 'no sweep, broadcast or zip'],
    ['  broadcast: {b: {values: [1]}}', '_grid.broadcast.b.paths', "no 'paths' specified"],
    ['  broadcast: {b: {paths: [x], values: []}}', '_grid.broadcast.b.values', "no 'values' specified"],
    ['  broadcast: {b: {paths: [x], value: [1]}}', '_grid.broadcast.b.value', 'did you mean "values"?'],
    ['  broadcast: {b: {paths: [x, 5], values: [1]}}', 'c.yaml:2:30: _grid.broadcast.b.paths.1', 'a dotted path'],
    ['  broadcast: {b: [1]}', '_grid.broadcast.b', "a mapping with 'paths' and 'values'"],
    ['  zip: {z: []}', '_grid.zip.z', 'no value sets specified'],
    ['  zip: {z: [{a: 1}, 2]}', 'c.yaml:2:21: _grid.zip.z.1', 'a mapping of paths to values'],
    ['  zip: {z: {a: 1}}', '_grid.zip.z', 'a list of sets'],
    [`${GOOD}  derive: {a: 5}`, '_grid.derive.a', 'found 5, expected a text'],
    [
      `${GOOD}  derive: {a: '{agent_definitions.0.personna}'}`,
      'c.yaml:3:12: _grid.derive.a',
      'did you mean {agent_definitions.0.persona}?',
    ],
    [`${GOOD}  derive: {a: '{runtime.timstamp}'}`, '_grid.derive.a', 'did you mean {runtime.timestamp}?'],
    [`${GOOD}  derive: {a: 'x{agent_definitions.0.persona'}`, '_grid.derive.a', 'a { without its }'],
    ["  sweep: {a: ['s_{runtime.timstamp}']}", 'c.yaml:2:15: _grid.sweep.a.0', 'did you mean {runtime.timestamp}?'],
    ["  zip: {z: [{a: '{retry_config.max_retries}'}]}", '_grid.zip.z.0.a', 'filled in by derive rules only'],
    ["  sweep: {a: ['{nothing}']}", '_grid.sweep.a.0', 'with {{ and }}'],
    [`${GOOD}  derive: {a: '{agent_definitions.2.persona}'}`, '_grid.derive.a', 'names nothing'],
    [
      `${GOOD}  derive: {retry_config.max_retries.deep: x}`,
      '_grid.derive',
      'retry_config.max_retries is a single value',
    ],
    ['  sweep: {agent_definitions.7.persona: [a]}', 'c.yaml:2:11', 'has 2 entries, so position 7'],
    ['  sweep: {agent_definitions.2: [a]}', '_grid.sweep', 'has 2 entries, so position 2'],
    ['  sweep: {agent_definitions.-1.persona: [a]}', '_grid.sweep', '"-1" must be a position'],
    ['  sweep: {agent_definitions.0.demographics.x: [a]}', '_grid.sweep', 'demographics is null'],
    ['  sweep: {retry_config.0.x: [a]}', '_grid.sweep', 'retry_config is a mapping without the key 0'],
    [
      '  zip: {z: [{retry_config.max_retries: 1}, {retry_config.max_retries.x: 1}]}',
      'c.yaml:2:45: _grid.zip.z.1.retry_config.max_retries.x',
      'is a single value',
    ],
  ])('%s', (grid, place, complaint) => {
    const message = messageOf(withGrid(grid));
    expect(message).toContain(place);
    expect(message).toContain(complaint);
  });

  test.each(['5', 'text', '[1]', 'true'])('_grid: %s', grid => {
    expect(messageOf(`_grid: ${grid}\n${withGrid('').slice('_grid:\n'.length)}`)).toContain(
      'expected a mapping of sweep, broadcast, zip and derive',
    );
  });

  test('all of it at once', () => {
    const grid = '  sweep: {a: []}\n  broadcast: {b: {}}\n  zip: {z: 1, y: [2]}\n  derive: {d: null}\n  sweeep: {}';
    expect(
      messageOf(withGrid(grid))
        .split('\n')
        .map(line => /\d+:\d+: _grid\.[\w.]+/.exec(line)?.[0]),
    ).toEqual([
      '2:11: _grid.sweep.a',
      '3:15: _grid.broadcast.b.paths',
      '3:15: _grid.broadcast.b.values',
      '4:9: _grid.zip.z',
      '4:19: _grid.zip.y.0',
      '5:12: _grid.derive.d',
      '6:3: _grid.sweeep',
    ]);
  });

  test('more tasks than can be numbered exactly', () => {
    const values = JSON.stringify(Array.from({length: 1000}, (_, i) => i));
    const axes = Array.from({length: 6}, (_, i) => `x.a${i}: ${values}`).join(', ');
    expect(messageOf(withGrid(`  sweep: {${axes}}`))).toContain('1.00e+18 tasks');
  });
});

test('a placeholder in the base config is refused, other braces are text', () => {
  const named = (name: string): string => messageOf(withGrid(GOOD, {'experiment_metadata.experiment_name': name}));
  expect(named('s_{runtime.timestamp}')).toMatch(/experiment_name: found the placeholder .* inside _grid only/);
  expect(named('s_{ x }{}{1}')).toBe('nothing is wrong');
});

test('braces in a derived text are written twice', () => {
  const derive = {'agent_definitions.1.persona': '{{{agent_definitions.0.persona}}} {} }} {{x}}'};
  const plan = gridPlan({sweep: {'agent_definitions.0.persona': ['a']}, derive});
  expect((plan.rawAt(0) as any).agent_definitions[1].persona).toBe('{a} {} } {x}');
});

describe('what is legal but odd is a warning', () => {
  test('a zip whose sets write different paths', () => {
    const plan = gridPlan({
      zip: {
        even: [{a: 1}, {a: 2}],
        uneven: [{'agent_definitions.0.persona': 'x'}, {'agent_definitions.1.persona': 'y'}],
      },
    });
    expect(plan.warnings.map(({path}) => path)).toEqual([['_grid', 'zip', 'uneven']]);
    expect((plan.rawAt(1) as any).agent_definitions.map(({persona}: any) => persona)).toEqual(['doctor', 'y']);
  });

  test('under compatibility: reference, keys that the older system ignored', () => {
    const plan = gridPlan(
      {sweep: {s: [1]}, sweeps: {t: [1]}, broadcast: {b: {paths: ['x'], values: [1], note: 'n'}}},
      {compatibility: 'reference'},
    );
    expect(plan.warnings.map(({path}) => path.join('.'))).toEqual(['_grid.sweeps', '_grid.broadcast.b.note']);
  });
});

test('under compatibility: reference an empty list is a grid without tasks, as in the older system', () => {
  const plan = gridPlan({sweep: {s: [], t: [1]}}, {compatibility: 'reference'});
  expect(plan.size).toBe(0);
  expect(() => plan.rawAt(0)).toThrow(expect.objectContaining({hint: 'the grid has no tasks'}));
});
