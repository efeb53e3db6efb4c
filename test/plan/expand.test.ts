import fc from 'fast-check';
import {describe, expect, test} from 'vitest';

import {expandGrid} from '../../src/plan/grid/expand.ts';
import {countTasks} from '../../src/plan/task-numbers.ts';
import {gridPlan, planOf, planOfText, TIMESTAMP} from './a-plan.ts';
import {aConfig} from '../config/a-config.ts';

const BASE = {a: {x: 0, y: [{z: 1}, {z: 2}]}, b: 'text', c: {d: {e: null}}};
const path = fc.constantFrom('a.x', 'a.y.0.z', 'a.y.1.z', 'b', 'c.d.e', 'c.d', 'c.new.deep', 'f');
const value = fc.oneof(
  fc.integer(),
  fc.string().map(text => text.replaceAll('{', '(')),
  fc.constant(null),
  fc.record({e: fc.integer()}, {noNullPrototype: true}),
);
const values = fc.array(value, {minLength: 1, maxLength: 4});
const grid = fc
  .record({
    sweep: fc.dictionary(path, values, {maxKeys: 2, noNullPrototype: true}),
    broadcast: fc.dictionary(
      fc.constantFrom('p', 'q'),
      fc.record({paths: fc.array(path, {minLength: 1, maxLength: 2}), values}, {noNullPrototype: true}),
      {maxKeys: 1, noNullPrototype: true},
    ),
    zip: fc.dictionary(
      fc.constantFrom('r', 's'),
      fc.array(fc.dictionary(path, value, {noNullPrototype: true}), {minLength: 1, maxLength: 3}),
      {maxKeys: 2, noNullPrototype: true},
    ),
  })
  .filter(sections => Object.values(sections).some(section => Object.keys(section).length > 0));

/** The same by brute force: loops within loops over copies, changed in place. */
function expandSlowly({sweep, broadcast, zip}: any): unknown[] {
  const dimensions: [string, unknown][][][] = [
    ...Object.entries<any>(sweep).map(([name, list]) => list.map((each: unknown) => [[name, each]])),
    ...Object.values<any>(broadcast).map(({paths, values: list}) =>
      list.map((each: unknown) => paths.map((name: string) => [name, each])),
    ),
    ...Object.values<any>(zip).map(sets => sets.map((set: object) => Object.entries(set))),
  ];
  let configs: unknown[] = [structuredClone(BASE)];
  for (const alternatives of dimensions) {
    configs = configs.flatMap(config =>
      alternatives.map(assignments => {
        const copy: any = structuredClone(config);
        for (const [name, assigned] of assignments) assignInPlace(copy, name.split('.'), structuredClone(assigned));
        return copy;
      }),
    );
  }
  return configs;
}

function assignInPlace(node: any, [key = '', ...rest]: string[], assigned: unknown): void {
  if (rest.length === 0) {
    node[key] = assigned;
    return;
  }
  if (!(key in node)) node[key] = {};
  // The containers of these paths may have been replaced by a scalar: as a TypeError, as Python has it.
  if (node[key] === null || typeof node[key] !== 'object') throw new TypeError('not a container');
  assignInPlace(node[key], rest, assigned);
}

function outcome(work: () => unknown): unknown {
  try {
    return work();
  } catch {
    return 'refused';
  }
}

describe('the expansion of a grid', () => {
  test('is what loops within loops give, in their order', () => {
    fc.assert(
      fc.property(grid, sections => {
        const expansion = expandGrid({_grid: sections, ...BASE}, TIMESTAMP, 'default');
        const fast = () => Array.from({length: countTasks(expansion.axes)}, (_, i) => expansion.configAt(i));
        expect(outcome(fast)).toEqual(outcome(() => expandSlowly(sections)));
      }),
    );
  });

  test('never changes the document or a task that was computed before', () => {
    fc.assert(
      fc.property(grid, sections => {
        const document = {_grid: sections, ...BASE};
        const before = JSON.stringify(document);
        const expansion = expandGrid(document, TIMESTAMP, 'default');
        const texts = (): unknown =>
          outcome(() =>
            Array.from({length: countTasks(expansion.axes)}, (_, i) => JSON.stringify(expansion.configAt(i))),
          );
        expect(texts()).toEqual(texts());
        expect(JSON.stringify(document)).toBe(before);
      }),
    );
  });

  test('gives each task number its own positions, the last axis fastest', () => {
    const plan = gridPlan({
      sweep: {'agent_definitions.0.persona': ['a', 'b'], 'agent_definitions.1.persona': ['c', 'd', 'e']},
      broadcast: {t: {paths: ['agent_definitions.0.temperature'], values: [0, 1]}},
    });
    expect(plan.size).toBe(12);
    expect([0, 1, 2, 6, 11].map(plan.digitsAt)).toEqual([
      [0, 0, 0],
      [0, 0, 1],
      [0, 1, 0],
      [1, 0, 0],
      [1, 2, 1],
    ]);
  });

  test('refuses numbers of tasks that are not there', () => {
    const plan = gridPlan({sweep: {'agent_definitions.0.persona': ['a', 'b']}});
    for (const index of [-1, 2, 0.5, NaN]) {
      expect(() => plan.rawAt(index)).toThrow(expect.objectContaining({code: 'no-such-task'}));
      expect(() => plan.taskAt(index)).toThrow(expect.objectContaining({code: 'no-such-task'}));
    }
  });
});

describe('derived texts', () => {
  const derive = (template: string, written: string, compatibility = 'default'): unknown => {
    const _grid = {sweep: {s: ['WRITTEN']}, derive: {'experiment_metadata.experiment_name': template}};
    const text = JSON.stringify({_grid, ...aConfig({compatibility})}).replace('"WRITTEN"', () => written);
    return (planOfText(text).rawAt(0) as any).experiment_metadata.experiment_name;
  };

  test.each([
    ['1.0', '1.0'],
    ['1', '1'],
    ['1.5', '1.5'],
    ['1.0e+22', '1e+22'],
    ['0.00001', '1e-05'],
    ['-0.0', '-0.0'],
    ['true', 'True'],
    ['null', 'None'],
    ["[1, a, 2.0, {k: false}, 'it''s']", `[1, 'a', 2.0, {'k': False}, "it's"]`],
    ['é🙂', 'é🙂'],
  ])('write %s as Python does: %s', (written, text) => {
    expect(derive('<{s}>', written)).toBe(`<${text}>`);
  });

  test('leave empty braces alone, and under reference are replaced again where a value holds a later placeholder', () => {
    const value = "'{conversation_config.max_rounds}'";
    expect(derive('{s}-{conversation_config.max_rounds}', value, 'reference')).toBe('2-2');
    expect(derive('{}{s}', 'x')).toBe('{}x');
    expect(derive('{}{s}{{', 'x', 'reference')).toBe('{}x{{');
  });

  test('know no names but those of the config', () => {
    for (const name of ['constructor', '__proto__', 'agent_definitions.length', 'experiment_metadata.toString']) {
      expect(() => derive(`{${name}}`, 'x')).toThrow(`{${name}}, which names nothing`);
    }
  });
});

test('the time of submission is filled into values below _grid, and nowhere else', () => {
  const plan = gridPlan(
    {
      zip: {z: [{'agent_definitions.0.persona': 'p {runtime.timestamp}'}]},
      derive: {'experiment_metadata.experiment_name': 'e_{runtime.timestamp}'},
    },
    {'experiment_metadata.benchmark_subcategory': '{runtime.timestamp}', compatibility: 'reference'},
  );
  expect(plan.warnings.map(({path}) => path.join('.'))).toEqual(['experiment_metadata.benchmark_subcategory']);
  const config = plan.rawAt(0) as any;
  expect(config.experiment_metadata.experiment_name).toBe(`e_${TIMESTAMP}`);
  expect(config.agent_definitions[0].persona).toBe(`p ${TIMESTAMP}`);
  expect(config.experiment_metadata.benchmark_subcategory).toBe('{runtime.timestamp}');
});

test('a config without _grid is a plan of one task, which varies nothing', () => {
  const plan = planOf(aConfig());
  expect([plan.size, plan.axes, plan.sweepSpecsAt(0)]).toEqual([1, [], {}]);
  expect(plan.taskAt(0).config.experiment_metadata.experiment_name).toBe('exp_as-ai');
});
