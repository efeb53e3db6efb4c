import {describe, expect, test} from 'vitest';

import {validateTaskConfig} from '../../src/config/validate.ts';
import {checkTasks} from '../../src/plan/check/check-tasks.ts';
import type {Plan} from '../../src/plan/plan.ts';
import {gridPlan} from './a-plan.ts';

function check(plan: Plan) {
  let validated = 0;
  const checked = checkTasks(plan, raw => {
    validated++;
    return validateTaskConfig(raw);
  });
  return {...checked, validated};
}

const some = (prefix: string, length: number): string[] => Array.from({length}, (_, i) => `${prefix}${i}`);

describe('checking a plan', () => {
  test('looks at every task of a small one and reports each problem once, with how many tasks have it', () => {
    const checked = check(
      gridPlan({
        sweep: {'agent_definitions.0.persona': ['a', 'b', 'c'], 'conversation_config.max_rounds': [1, 0, 'two']},
      }),
    );
    expect(checked.isComplete).toBe(true);
    expect(checked.problems.map(({problem, tasks}) => [problem.path.join('.'), problem.found, tasks])).toEqual([
      ['conversation_config.max_rounds', '0', 3],
      ['conversation_config.max_rounds', '"two"', 3],
    ]);
    expect(checked.invalidTasks).toEqual([1, 2, 4, 5, 7, 8]);
  });

  test('looks at every value of every axis of a large one, at the sum of their numbers, not their product', () => {
    const plan = gridPlan({
      sweep: {
        'agent_definitions.0.persona': [...some('p', 99), 5],
        'agent_definitions.1.persona': some('q', 100),
        'agent_definitions.1.demographics': [...some('d', 99), '_'],
      },
    });
    const checked = check(plan);
    expect(plan.size).toBe(1_000_000);
    expect(checked.isComplete).toBe(false);
    expect(checked.validated).toBe(1 + 3 * 99);
    expect(checked.problems.map(({problem}) => problem.path.join('.')).sort()).toEqual([
      'agent_definitions.0.persona',
      'agent_definitions.1.demographics',
    ]);
  });

  test('validates values that are fine by themselves once, and counts their tasks all the same', () => {
    const plan = gridPlan(
      {
        sweep: {
          'agent_definitions.0.persona': [...some('p', 5_999), 5],
          'agent_definitions.1.temperature': some('', 100).map(each => Number(each) / 50),
        },
      },
      {'model_definitions.unused': {backend: 'simulated'}},
    );
    const checked = check(plan);
    expect(checked.validated).toBe(2);
    expect(checked.warnings.map(({tasks}) => tasks)).toEqual([6_000 + 99]);
    expect(checked.problems.map(({problem, tasks}) => [problem.path.join('.'), tasks])).toEqual([
      ['agent_definitions.0.persona', 1],
    ]);
    expect(checked.invalidTasks).toEqual([5_999 * 100]);
  });

  test('counts every task of one dimension that cannot run', () => {
    const sweep = {'agent_definitions.0.persona': some('p', 10_000)};
    const checked = check(gridPlan({sweep}, {'conversation_config.routing_strategy': 'nobody'}));
    expect(checked.isComplete).toBe(true);
    expect(checked.problems.map(({tasks}) => tasks)).toEqual([10_000]);
    expect(checked.invalidTasks.length).toBe(10_000);
  });

  test.each<[string, object]>([
    [
      'a rule derives a name from it',
      {derive: {'experiment_metadata.experiment_name': '{agent_definitions.0.persona}'}},
    ],
    ['another axis writes there too', {zip: {z: [{'agent_definitions.0': {agent_id: 'x'}}]}}],
  ])('looks at each value when %s', (_what, more) => {
    const sweep = {'agent_definitions.0.persona': some('p', 5_001)};
    expect(check(gridPlan({sweep, ...more})).validated).toBe(5_001);
  });

  test('finds what only some tasks expand to', () => {
    const plan = gridPlan({
      zip: {z: [{'agent_definitions.1.persona': 'x'}, {'agent_definitions.2.persona': 'x'}]},
      sweep: {'agent_definitions.0.persona': ['a', 'b']},
    });
    const {problems, invalidTasks} = check(plan);
    expect(problems.map(({tasks}) => tasks)).toEqual([2]);
    expect(invalidTasks).toEqual([1, 3]);
  });

  test('passes the warnings of the grid and of the configurations on', () => {
    const plan = gridPlan(
      {zip: {z: [{'agent_definitions.1.persona': 'x'}, {}]}},
      {'model_definitions.unused': {backend: 'simulated'}},
    );
    const {warnings, problems} = check(plan);
    expect(problems).toEqual([]);
    expect(warnings.map(({problem, tasks}) => [problem.path.join('.'), tasks])).toEqual([
      ['_grid.zip.z', 1],
      ['model_definitions.unused', 2],
    ]);
  });
});
