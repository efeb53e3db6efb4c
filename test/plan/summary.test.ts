import fc from 'fast-check';
import {describe, expect, test} from 'vitest';

import type {Plan} from '../../src/plan/plan.ts';
import {summarisePlan, type PlanSummary} from '../../src/plan/summary.ts';
import {anAgent} from '../config/a-config.ts';
import {gridPlan, tasksOf} from './a-plan.ts';

/** Files have as many questions as their names are long. */
const questionCount = (file: string): number => file.length;

function summarise(plan: Plan): PlanSummary & {readonly validated: number} {
  let validated = 0;
  const counted: Plan = {...plan, configAt: index => (validated++, plan.configAt(index))};
  const summary = summarisePlan(counted, {questionCount});
  return {...summary, validated};
}

/** The same by visiting every task. */
function summariseSlowly(plan: Plan): PlanSummary {
  const files = new Map<string, number>();
  const byModel: Record<string, number> = {};
  let [questions, requests] = [0, 0];
  for (const index of tasksOf(plan)) {
    const {config} = plan.taskAt(index);
    const file = config.experiment_metadata.questions_file;
    files.set(file, (files.get(file) ?? 0) + 1);
    questions += questionCount(file);
    for (const {model} of config.agent_definitions) {
      const turns = questionCount(file) * config.conversation_config.max_rounds;
      byModel[model] = (byModel[model] ?? 0) + turns;
      requests += turns;
    }
  }
  const questionFiles = [...files].map(([file, tasks]) => ({file, questions: questionCount(file), tasks}));
  return {tasks: plan.size, questions, requests, requestsByModel: byModel, questionFiles};
}

const list = <T>(...values: T[]) => fc.uniqueArray(fc.constantFrom(...values), {minLength: 1, maxLength: 3});
const sweep = fc.record(
  {
    'experiment_metadata.questions_file': list('q.jsonl', 'qq.jsonl', 'q3.jsonl'),
    'experiment_metadata.benchmark_subcategory': list('b', 'bb', 'bbb'),
    'conversation_config.max_rounds': list(1, 2, 5),
    'agent_definitions.0.model': list('llm_0', 'llm_1'),
    'agent_definitions.1.model': list('llm_0', 'llm_1', 'llm_2'),
    'agent_definitions.1': list({...anAgent('x'), model: 'llm_1'}, {...anAgent('y'), model: 'llm_2'}),
    'agent_definitions.0.persona': list('a', 'b'),
    agent_definitions: list(
      [anAgent('a'), anAgent('b')],
      [anAgent('a'), anAgent('b'), {...anAgent('c'), model: 'llm_1'}],
    ),
  },
  {requiredKeys: []},
);
const derive = fc.constantFrom(
  {},
  {'experiment_metadata.questions_file': 'data/{experiment_metadata.benchmark_subcategory}.jsonl'},
  {'agent_definitions.0.model': 'llm_{conversation_config.max_rounds}'},
  {
    'experiment_metadata.schema_version': 'v{experiment_metadata.benchmark_subcategory}',
    'experiment_metadata.questions_file': '{experiment_metadata.schema_version}',
  },
);
const MODELS = Object.fromEntries(
  ['llm_0', 'llm_1', 'llm_2', 'llm_5'].map(name => [`model_definitions.${name}`, {backend: 'simulated'}]),
);

describe('the summary of a plan', () => {
  test('counts what visiting every task counts, whatever varies and is derived', () => {
    fc.assert(
      fc.property(sweep, derive, (axes, rules) => {
        fc.pre(Object.keys(axes).length > 0);
        const plan = gridPlan({sweep: axes, derive: rules}, MODELS);
        const {validated: _validated, ...summary} = summarise(plan);
        const slow = summariseSlowly(plan);
        const byName = (a: {file: string}, b: {file: string}) => (a.file < b.file ? -1 : 1);
        expect({...summary, questionFiles: [...summary.questionFiles].sort(byName)}).toEqual({
          ...slow,
          questionFiles: [...slow.questionFiles].sort(byName),
        });
      }),
    );
  });

  test('of a million tasks visits only what changes the counts', () => {
    const many = (prefix: string) => Array.from({length: 100}, (_, i) => `${prefix}${i}`);
    const plan = gridPlan(
      {
        sweep: {
          'agent_definitions.0.persona': many('p'),
          'agent_definitions.1.persona': many('q'),
          'experiment_metadata.questions_file': ['a', 'bb', 'ccc', 'dddd', 'eeeee'],
          'agent_definitions.0.model': ['llm_0', 'llm_1', 'llm_2', 'llm_5'],
          'conversation_config.max_rounds': [1, 2, 3, 4, 5],
        },
      },
      MODELS,
    );
    const summary = summarise(plan);
    expect(summary.validated).toBeLessThan(200);
    expect([summary.tasks, summary.questions, summary.requests]).toEqual([1_000_000, 3_000_000, 18_000_000]);
    expect(summary.requestsByModel).toEqual({
      llm_0: 11_250_000,
      llm_1: 2_250_000,
      llm_2: 2_250_000,
      llm_5: 2_250_000,
    });
  });

  test('of a grid without tasks is nothing', () => {
    const summary = summarise(gridPlan({sweep: {s: []}}, {compatibility: 'reference'}));
    expect(summary).toEqual({
      tasks: 0,
      questions: 0,
      requests: 0,
      requestsByModel: {},
      questionFiles: [],
      validated: 0,
    });
  });
});
