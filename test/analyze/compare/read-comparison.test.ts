import {describe, expect, test} from 'vitest';

import {readComparison, type Comparison, type ComparisonRequest} from '../../../src/analyze/compare/read-comparison.ts';
import {holm} from '../../../src/analyze/statistics/p-values.ts';
import {renderComparison} from '../../../src/cli/render/render-comparison.ts';
import {aQuestion} from '../a-question.ts';
import {RecordedWorkspace, type ConversationRecord, type TaskRecordOptions} from '../recorded-workspace.ts';

const QUESTIONS = Array.from({length: 6}, (_, i) => aQuestion(`q${i}`));

/** Conversations of one agent and one round; 1 is right. */
function rights(answers: readonly (0 | 1)[]): ConversationRecord[] {
  return answers.map((right, i) => ({question: `q${i}`, answers: {a: [right === 1 ? 'A' : 'B']}}));
}

interface Task extends Partial<TaskRecordOptions> {
  readonly right: readonly (0 | 1)[];
}

function workspace(tasks: readonly Task[]): RecordedWorkspace {
  const made = new RecordedWorkspace(QUESTIONS);
  for (const {right, ...options} of tasks) made.addTask({...options, conversations: rights(right)});
  return made;
}

/** Two personas × two ways of routing. */
const CROSSED: readonly Task[] = [
  {persona: 'judge', routing: 'vanilla', right: [1, 1, 1, 1, 0, 0]},
  {persona: 'judge', routing: 'answers_only', right: [1, 1, 0, 0, 0, 0]},
  {persona: 'nurse', routing: 'vanilla', right: [1, 0, 0, 0, 0, 0]},
  {persona: 'nurse', routing: 'answers_only', right: [0, 1, 0, 0, 0, 1]},
];

async function compare(
  {layout}: RecordedWorkspace,
  request: Partial<ComparisonRequest> & {readonly sides?: readonly [string, string]; readonly factor?: string},
): Promise<Comparison> {
  const {sides, factor, ...rest} = request;
  return readComparison(layout, {
    contrasted: sides
      ? {kind: 'sides', first: sides[0], second: sides[1]}
      : {kind: 'factor', factor: factor ?? 'persona', baseline: undefined},
    of: 'all',
    metrics: () => ['accuracy'],
    unit: 'agent',
    round: 'last',
    draws: 99,
    parts: false,
    blocks: false,
    ...rest,
  });
}

test('a factor is compared with all else equal, averaged over the rest of the grid', async () => {
  const {factor, comparisons, family} = await compare(workspace(CROSSED), {blocks: true});
  expect(factor).toBe('agent_definitions.0.persona');
  expect(comparisons).toHaveLength(1);
  expect(comparisons[0]).toMatchObject({
    first: {name: 'nurse', tasks: 2},
    second: {name: 'judge', tasks: 2},
    differs_in: [{column: 'agent_definitions.0.persona', first: ['nurse'], second: ['judge']}],
    matched_on: ['conversation_config.routing_strategy'],
    complete_blocks: 2,
    incomplete_blocks: [],
  });
  const [stratum] = comparisons[0]!.strata;
  // (1/6 − 4/6 + 2/6 − 2/6) / 2
  expect(stratum!.effects[0]!.difference).toBeCloseTo(-0.25, 12);
  expect(stratum!.by_block.map(({effects}) => effects[0]!.difference)).toEqual([
    expect.closeTo(0, 12),
    expect.closeTo(-0.5, 12),
  ]);
  expect(family).toEqual({method: 'Holm', tests: 3});
  const shown = [...stratum!.effects, ...stratum!.by_block.flatMap(({effects}) => effects)];
  expect(shown.map(({p_holm: p}) => p)).toEqual(holm(shown.map(({p_value: p}) => p!)));
});

test('with a baseline every level is compared with it, without one each with each other', async () => {
  const grid = workspace([...CROSSED, {persona: 'chef', routing: 'vanilla', right: [1, 1, 1, 1, 1, 1]}]);
  const names = ({comparisons}: Comparison): string[] =>
    comparisons.map(({first, second}) => `${first.name} − ${second.name}`);
  expect(names(await compare(grid, {}))).toEqual(['nurse − judge', 'chef − judge', 'chef − nurse']);
  const based = await compare(grid, {contrasted: {kind: 'factor', factor: 'persona', baseline: 'nurse'}});
  expect(names(based)).toEqual(['judge − nurse', 'chef − nurse']);
  expect(based.comparisons[1]).toMatchObject({
    complete_blocks: 1,
    incomplete_blocks: [{block: {'conversation_config.routing_strategy': 'answers_only'}, missing: 'first'}],
  });
});

test('two cells, named by their columns or by their tasks, give the same numbers and say what they differ in', async () => {
  const grid = workspace(CROSSED);
  const byColumns = await compare(grid, {
    sides: ['persona=judge,routing=vanilla', 'persona=nurse,routing=answers_only'],
  });
  const byTasks = await compare(grid, {sides: ['e_20260101T000000.000Z', 'e_20260101T000003.000Z']});
  for (const {comparisons} of [byColumns, byTasks]) {
    expect(comparisons[0]!.differs_in.map(({column}) => column).sort()).toEqual([
      'agent_definitions.0.persona',
      'conversation_config.routing_strategy',
    ]);
    expect(comparisons[0]!.strata[0]!.effects[0]).toMatchObject({
      difference: expect.closeTo(2 / 6, 12),
      mcnemar: {only_first: 3, only_second: 1},
    });
  }
});

test('two experiments are compared cell by cell', async () => {
  const grid = workspace([
    ...CROSSED.map(task => ({...task, name: 'old'})),
    ...CROSSED.map(task => ({...task, name: 'new', right: task.right.map(() => 1 as const)})),
  ]);
  const {comparisons} = await compare(grid, {sides: ['new', 'old']});
  expect(comparisons[0]).toMatchObject({differs_in: [], complete_blocks: 4});
  expect(comparisons[0]!.strata[0]!.effects[0]).toMatchObject({first: 1, second: expect.closeTo(9 / 24, 12)});
});

test('questions that were not asked on both sides are left out and counted', async () => {
  const grid = workspace([
    {persona: 'judge', right: [1, 1, 1, 0]},
    {persona: 'nurse', right: [1, 0]},
  ]);
  const {comparisons} = await compare(grid, {sides: ['persona=judge', 'persona=nurse']});
  expect(comparisons[0]!.strata[0]).toMatchObject({
    questions: 2,
    unmatched: {only_first: 2, only_second: 0, changed: 0},
    effects: [{first: 1, second: 0.5}],
  });
});

test('a block in which a side has nothing that could be scored is in no difference, and named', async () => {
  const made = workspace(CROSSED.slice(0, 3));
  const failed = rights([1, 1, 1, 1, 1, 1]).map(each => ({...each, status: 'failed' as const}));
  made.addTask({persona: 'nurse', routing: 'answers_only', conversations: failed});
  const comparison = await compare(made, {});
  const [sides] = comparison.comparisons;
  expect(sides!.complete_blocks).toBe(2);
  expect(sides!.strata[0]!.blocks).toBe(1);
  const block = {'conversation_config.routing_strategy': 'answers_only'};
  expect(sides!.unscored).toEqual([{block: expect.objectContaining(block), stratum: null, missing: 'first'}]);
  expect(renderComparison(comparison)).toMatch(/^ {2}nothing scored of nurse: .*routing_strategy=answers_only/m);
});

describe('as text', () => {
  const unmatched = [
    {persona: 'judge', right: [1, 1, 1, 0]},
    {persona: 'nurse', right: [1, 0]},
  ] as const;

  test('questions left out are told apart from the times that they were left out', async () => {
    expect(renderComparison(await compare(workspace(unmatched), {}))).toMatch(
      /^left out: 2 questions only the second side has$/m,
    );
    const twice = unmatched.flatMap(task => ['vanilla', 'answers_only'].map(routing => ({...task, routing})));
    expect(renderComparison(await compare(workspace(twice), {}))).toMatch(
      /^left out: 4 questions only the second side has \(counted in every block of every comparison\)$/m,
    );
  });

  test('without a test nothing is corrected; a reason names all metrics that it is given for', async () => {
    const one = workspace(unmatched.map(task => ({...task, right: task.right.slice(0, 1)})));
    const shown = renderComparison(await compare(one, {metrics: () => ['accuracy', 'change:accuracy']}));
    expect(shown).not.toContain('Holm): corrected');
    expect(shown).toMatch(/^– {2}accuracy, change:accuracy: no interval: fewer than two clusters$/m);
  });

  test('a benchmark that has nothing of what was asked for is left out', async () => {
    const comparison = await compare(workspace(CROSSED), {metrics: () => ['accuracy']});
    const [sides] = comparison.comparisons;
    const [stratum] = sides!.strata;
    const refused = {accuracy: 'no right answers'};
    const bare = {...stratum!, benchmark: 'bare', effects: [], by_block: [], refused};
    const mixed = {...comparison, comparisons: [{...sides!, strata: [stratum!, bare]}]};
    expect(renderComparison(mixed, ['s_amb'])).not.toMatch(/^bare$/m);
    expect(renderComparison(mixed, ['accuracy'])).toMatch(/^bare\nnot given: accuracy: no right answers$/m);
  });
});

describe('what cannot be compared is refused', () => {
  const grid = () => workspace(CROSSED);

  test.each<[string, () => RecordedWorkspace, Parameters<typeof compare>[1], RegExp]>([
    ['value-unknown', grid, {sides: ['persona=juge', 'persona=nurse']}, /did you mean judge/],
    ['value-unknown', grid, {contrasted: {kind: 'factor', factor: 'persona', baseline: 'null'}}, /there are: judge/],
    ['column-unknown', grid, {sides: ['personna=judge', 'persona=nurse']}, /did you mean persona/],
    ['column-unknown', grid, {factor: 'rooting'}, /did you mean routing/],
    ['column-constant', grid, {factor: 'max_rounds'}, /there are: /],
    ['factor-one-level', grid, {factor: 'benchmark'}, /a factor needs two/],
    ['compare-same', grid, {sides: ['persona=judge', 'persona=judge']}, /two sides/],
    ['compare-overlap', grid, {sides: ['e', 'persona=judge']}, /no task in common/],
    ['results-unknown', grid, {sides: ['nothing', 'persona=judge']}, /there are/],
    ['metric-unknown', grid, {metrics: () => ['acuracy']}, /accuracy/],
    ['metric-refused', grid, {metrics: () => ['flip_rate − peers_hidden']}, /compare the cells themselves/],
    [
      'compare-empty',
      () => workspace([...CROSSED.slice(0, 1), ...CROSSED.slice(3)]),
      {sides: ['persona=judge,routing=answers_only', 'persona=nurse']},
      /mac results/,
    ],
    [
      'compare-unmatched',
      () =>
        workspace([
          {persona: 'judge', routing: 'vanilla', reveal: true, right: [1]},
          {persona: 'judge', routing: 'answers_only', reveal: false, right: [1]},
          {persona: 'nurse', routing: 'vanilla', reveal: false, right: [1]},
          {persona: 'nurse', routing: 'answers_only', reveal: true, right: [1]},
        ]),
      {sides: ['persona=judge', 'persona=nurse']},
      /equal in conversation_config.routing_strategy, identity_reveal_config/,
    ],
  ])('%s', async (code, makeWorkspace, request, hint) => {
    await expect(compare(makeWorkspace(), request)).rejects.toMatchObject({
      code,
      hint: expect.stringMatching(hint),
    });
  });

  test('sides without a question in common, or of different benchmarks', async () => {
    const apart = new RecordedWorkspace(QUESTIONS);
    apart.addTask({persona: 'judge', conversations: rights([1, 0, 1]).slice(0, 1)});
    apart.addTask({persona: 'nurse', conversations: rights([1, 0, 1]).slice(1)});
    await expect(compare(apart, {})).rejects.toMatchObject({code: 'compare-no-shared-questions'});

    const other = new RecordedWorkspace(QUESTIONS);
    other.writeQuestions([aQuestion('q0', {source_dataset: 'U'})], 'u.jsonl');
    other.addTask({persona: 'judge', conversations: rights([1])});
    other.addTask({persona: 'nurse', conversations: rights([1]), questionsFile: 'u.jsonl'});
    await expect(compare(other, {})).rejects.toMatchObject({code: 'compare-benchmarks'});
  });
});
