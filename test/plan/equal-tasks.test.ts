import fc from 'fast-check';
import {describe, expect, test} from 'vitest';

import {findEqualTasks} from '../../src/plan/check/equal-tasks.ts';
import type {Plan} from '../../src/plan/plan.ts';
import {gridPlan, tasksOf} from './a-plan.ts';

const BY_KEY = {
  showsInKey: (path: string) => /^(?:agent_definitions|conversation_config)\./.test(path),
  describe: () => 'would give the same results',
};

function equalTasks(plan: Plan) {
  return findEqualTasks(plan, {...BY_KEY, makeKey: index => plan.taskAt(index).key});
}

const MODELS = 'model_definitions.llm_0';
const axes = fc.record(
  {
    'agent_definitions.0.persona': fc.array(fc.constantFrom('a', 'b', null), {minLength: 1, maxLength: 3}),
    'agent_definitions.1.temperature': fc.array(fc.constantFrom(0, 0.5, 1), {minLength: 1, maxLength: 3}),
    'experiment_metadata.experiment_name': fc.array(fc.constantFrom('x', 'y'), {minLength: 1, maxLength: 2}),
    [MODELS]: fc.array(
      fc.constantFrom(
        {backend: 'simulated'},
        {backend: 'simulated', max_num_seqs: 3},
        {backend: 'ollama', model_name: 'm'},
      ),
      {minLength: 1, maxLength: 2},
    ),
  },
  {requiredKeys: []},
);
const broadcast = fc.option(
  fc.record({
    paths: fc.constantFrom(
      ['agent_definitions.0.persona'],
      ['agent_definitions.1.persona', 'agent_definitions.0.persona'],
    ),
    values: fc.array(fc.constantFrom('p', 'q'), {minLength: 1, maxLength: 2}),
  }),
  {nil: undefined},
);
const derive = fc.constantFrom(
  {},
  {'agent_definitions.0.persona': 'always'},
  {
    'agent_definitions.1.persona': 'with {agent_definitions.0.persona}',
  },
);

describe('tasks that would give the same results', () => {
  test('are found exactly when two tasks have one key, however the axes undo each other', () => {
    fc.assert(
      fc.property(axes, broadcast, derive, (sweep, b, rules) => {
        fc.pre(Object.keys(sweep).length > 0);
        const plan = gridPlan({sweep, ...(b ? {broadcast: {b}} : {}), derive: rules});
        const keys = tasksOf(plan).map(index => plan.taskAt(index).key);
        expect(equalTasks(plan).length > 0).toBe(new Set(keys).size < keys.length);
      }),
    );
  });

  test('are not looked for among values that show in the key, each once', () => {
    const values = Array.from({length: 30_000}, (_, i) => `p${i}`);
    const plan = gridPlan({sweep: {'agent_definitions.0.persona': values}});
    expect(findEqualTasks(plan, {...BY_KEY, makeKey: () => expect.fail('no key is needed')})).toEqual([]);
    const twice = gridPlan({sweep: {'agent_definitions.0.persona': [...values, 'p7']}});
    expect(equalTasks(twice)[0]?.found).toContain('tasks 7 and 30000,');
  });

  test('are named with the values that should have made the difference', () => {
    const [problem] = equalTasks(gridPlan({sweep: {'agent_definitions.0.persona': ['x', 'y', 'x']}}));
    expect(problem?.found).toBe(
      'tasks 0 and 2, which would give the same results (agent_definitions.0.persona: x and x)',
    );
    expect(problem?.path).toEqual(['_grid', 'sweep', 'agent_definitions.0.persona']);
  });

  test('are one problem for one cause, which is named', () => {
    const sweep = {'agent_definitions.0.persona': ['x', 'y'], 'agent_definitions.1.persona': ['u', 'v']};
    const overwritten = {b: {paths: ['agent_definitions.0.persona'], values: ['p', 'q']}};
    const problems = equalTasks(gridPlan({sweep, broadcast: overwritten}));
    expect(problems.map(({found, hint}) => [/\(and \d more such pairs\)/.exec(found)?.[0], hint])).toEqual([
      ['(and 3 more such pairs)', 'what agent_definitions.0.persona writes is overwritten by broadcast b'],
    ]);
    const zeros = {b: {paths: ['agent_definitions.00.persona'], values: ['p']}};
    expect(equalTasks(gridPlan({sweep, broadcast: zeros})).length).toBe(1);
    const [derived] = equalTasks(gridPlan({sweep, derive: {'agent_definitions.1.persona': 'all'}}));
    expect(derived?.hint).toContain('overwritten by the derive rule for agent_definitions.1.persona');
  });

  test('are looked for by the sum of the axes where these cannot undo each other, even among a million', () => {
    const values = (prefix: string) => Array.from({length: 100}, (_, i) => `${prefix}${i % 99}`);
    const plan = gridPlan({
      sweep: {
        'agent_definitions.0.persona': values('p'),
        'agent_definitions.1.persona': Array.from({length: 100}, (_, i) => `q${i}`),
        'agent_definitions.1.demographics': Array.from({length: 100}, (_, i) => `d${i}`),
      },
    });
    let asked = 0;
    const makeKey = (index: number): string => {
      asked++;
      return plan.taskAt(index).key;
    };
    const problems = findEqualTasks(plan, {...BY_KEY, makeKey});
    // The other two axes tell all their values apart.
    expect(asked).toBe(100);
    expect(problems.map(({found}) => found)).toEqual([
      'tasks 0 and 990000, which would give the same results (agent_definitions.0.persona: p0 and p0)',
    ]);
  });

  test('are none when only names, places and limits vary with something that counts', () => {
    const plan = gridPlan({
      zip: {
        z: [
          {'experiment_metadata.experiment_name': 'a', 'agent_definitions.0.persona': 'x'},
          {'experiment_metadata.experiment_name': 'a', 'agent_definitions.0.persona': 'y'},
        ],
      },
    });
    expect(equalTasks(plan)).toEqual([]);
  });
});
