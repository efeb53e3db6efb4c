import {describe, expect, test} from 'vitest';

import {readComparison, type ComparisonRequest} from '../../src/analyze/compare/read-comparison.ts';
import {ENDING_METRIC_IDS, listMainMetrics} from '../../src/analyze/metrics/main-metrics.ts';
import type {CellEstimate} from '../../src/analyze/metrics/cell-estimates.ts';
import {ResultsCache} from '../../src/analyze/cache/results-cache.ts';
import {readResults, type ResultRequest, type Results} from '../../src/analyze/score/read-results.ts';
import {RATIONALE_PLACEHOLDER} from '../../src/conversation/prompt/prompt.ts';
import {renderComparison} from '../../src/cli/render/render-comparison.ts';
import {renderResults} from '../../src/cli/render/render-results.ts';
import {aQuestion} from './a-question.ts';
import {RecordedWorkspace, type ConversationRecord} from './recorded-workspace.ts';

const IDS = Array.from({length: 10}, (_, i) => `q${i}`);

/** The summary of a conversation that ended at the turn of an agent. */
function summary(
  outcome: string | undefined,
  rest: Readonly<Record<string, unknown>> = {},
): ConversationRecord['fields'] {
  return {
    conversation_summary: {
      status: 'failed',
      total_rounds: 0,
      final_answers: {},
      ...(outcome === undefined ? {} : {outcome}),
      failed_turn: {agent_id: 'a', round_id: 0, failed_attempts: []},
      ...rest,
    },
  };
}

/** Ten conversations of two agents; some of them end otherwise. */
function conversations(outcomes: Readonly<Record<string, string>> = {}): ConversationRecord[] {
  return IDS.map(question => {
    const outcome = outcomes[question];
    const answers = {a: ['A'], b: ['B']};
    if (outcome === undefined) return {question, answers};
    return {question, answers, status: 'failed', fields: {...summary(outcome), conversation_rounds: []}};
  });
}

function workspaceOf(
  ...tasks: readonly (readonly [persona: string, all: readonly ConversationRecord[]])[]
): RecordedWorkspace {
  const workspace = new RecordedWorkspace(IDS.map(id => aQuestion(id)));
  for (const [persona, all] of tasks) workspace.addTask({persona, conversations: all});
  return workspace;
}

async function read({layout}: RecordedWorkspace, request: Partial<ResultRequest> = {}): Promise<Results> {
  return readResults(layout, {selector: 'all', unit: 'agent', round: 'last', draws: 99, ...request});
}

function get(results: Results, id: string, cell = 0): CellEstimate {
  return results.cells[cell]!.estimates.find(estimate => estimate.id === id)!;
}

const REFUSING = {q0: 'refused', q1: 'refused', q2: 'refused', q3: 'filtered'};

describe('how conversations end is a result of its own', () => {
  test('a rate of the conversations that ended so, with its interval, whether or not they can be scored', async () => {
    const results = await read(workspaceOf(['judge', conversations(REFUSING)]));
    // Wilson's interval of 3 of 10, by hand: [0.10779, 0.60322].
    const {value, n, clusters, interval, method, counts} = get(results, 'refusal_rate');
    expect({value, n, clusters, method}).toEqual({value: 0.3, n: 10, clusters: 10, method: 'clustered Wilson'});
    expect(interval![0]).toBeCloseTo(0.10779, 5);
    expect(interval![1]).toBeCloseTo(0.60322, 5);
    expect(counts).toEqual({'ending/refused': 3, 'ending/conversations': 10});
    expect(get(results, 'filtered_rate').value).toBe(0.1);
    expect(get(results, 'unusable_rate').value).toBe(0);
    // Scores are of the six that have answers.
    expect(results.cells[0]!.conversations).toBe(6);
    expect(get(results, 'accuracy')).toMatchObject({value: 0.5, n: 12, clusters: 6});
  });

  test('questions that were never asked do not count', async () => {
    const results = await read(workspaceOf(['judge', conversations({q0: 'refused'}).slice(0, 4)]));
    expect(get(results, 'refusal_rate')).toMatchObject({value: 0.25, n: 4});
  });

  test('tables show what occurs, and no columns of zeros', async () => {
    const shown = (results: Results): string => renderResults(results, {metrics: undefined, parts: false});
    const some = shown(await read(workspaceOf(['judge', conversations(REFUSING)])));
    expect(some).toMatch(/conformity +refusal_rate +filtered_rate\n/);
    expect(some).toContain('0.300 [0.108, 0.603] (10)');
    expect(shown(await read(workspaceOf(['judge', conversations()])))).not.toContain('refusal_rate');
  });

  test('a change of what is asked for does not change what is kept: the cache tells the same', async () => {
    const workspace = workspaceOf(['judge', conversations(REFUSING)]);
    const cache = (): ResultsCache => new ResultsCache(workspace.layout);
    const first = await read(workspace, {cache: cache()});
    const again = await read(workspace, {cache: cache()});
    expect(again.transcripts).toEqual({read: 0, cached: 10});
    expect(again.cells).toEqual(first.cells);
    const others = await read(workspace, {cache: cache(), draws: 199});
    expect(get(others, 'refusal_rate').value).toBe(0.3);
  });

  test('by agent it counts for the agent at whose turn it came', async () => {
    const results = await read(workspaceOf(['judge', conversations(REFUSING)]), {by: ['agent.persona']});
    const rates = results.cells.map(({cell}, i) => [cell['agent.persona'], get(results, 'refusal_rate', i).value]);
    expect(rates).toEqual([
      ['judge', 0.3],
      ['nurse', 0],
    ]);
  });

  test('by round it is given in no row, and it is said why', async () => {
    const results = await read(workspaceOf(['judge', conversations(REFUSING)]), {by: ['round']});
    expect(get(results, 'refusal_rate')).toMatchObject({
      value: null,
      reason: 'of all rounds together, not of one: it is given without --by round',
    });
  });

  test.each([
    ['MAX_LENGTH_EXCEEDED', 'cut_rate'],
    ['VLLM_INFERENCE_ERROR', 'server_rate'],
    ['API_REQUEST_ERROR', 'server_rate'],
    ['UNEXPECTED_ERROR', 'server_rate'],
    ['INVALID_ANSWER', 'unusable_rate'],
  ])('records from before outcomes: %s counts for %s', async (code, id) => {
    const details = {agent_id: 'a', validation_errors: [{error_code: 'INVALID_ANSWER'}, {error_code: code}]};
    const error_info = {error_class: 'X', error_code: 'MAX_RETRIES_EXCEEDED', message: '', details};
    const record = (fields: Readonly<Record<string, unknown>>): ConversationRecord => ({
      question: 'q0',
      answers: {a: ['A'], b: ['B']},
      status: 'failed',
      fields: {...summary(undefined, {failed_turn: undefined, ...fields}), conversation_rounds: []},
    });
    for (const fields of [{error_info}, {error_info: {...error_info, error_code: code}}]) {
      const results = await read(workspaceOf(['judge', [record(fields)]]));
      const occurring = ENDING_METRIC_IDS.filter(each => get(results, each).value === 1);
      expect(occurring).toEqual([id]);
    }
  });
});

describe('replies that repeat the prompt', () => {
  const message = (agent: string, rationale: string, call: object = {}): object => ({
    agent_id: agent,
    agent_role: 'participant',
    round_id: 0,
    agent_identity_display: null,
    structured_response: {response_type: 'participant', rationale, opinion: 'A'},
    visible_to: ['a', 'b'],
    message_metadata: {retry_count: 0, prompt_tokens: 1, response_tokens: 1, call},
  });

  test('are counted: those that were kept, by mark or by text, and those that were asked for again', async () => {
    const refused = {failed_attempts: [{error_code: 'PLACEHOLDER_RATIONALE'}, {error_code: 'INVALID_ANSWER'}]};
    const rounds = [
      [message('a', 'because of the context'), message('b', 'so it says', {placeholder: true})],
      [message('a', RATIONALE_PLACEHOLDER), message('b', 'the door was open', refused)],
    ];
    const all = rounds.map((messages, i) => ({
      question: `q${i}`,
      answers: {a: ['A'], b: ['A']},
      fields: {conversation_rounds: [{round_id: 0, messages}]},
    }));
    const results = await read(workspaceOf(['judge', all]));
    expect(get(results, 'placeholder_messages')).toMatchObject({value: 0.5, n: 4});
    expect(get(results, 'placeholder_rate')).toMatchObject({value: 0.6, n: 5});
    const byAgent = await read(workspaceOf(['judge', all]), {by: ['agent.id']});
    expect(byAgent.cells.map((_, i) => get(byAgent, 'placeholder_rate', i).value)).toEqual([0.5, 2 / 3]);
  });
});

describe('comparing how conversations end', () => {
  async function compare({layout}: RecordedWorkspace, rest: Partial<ComparisonRequest> = {}) {
    return readComparison(layout, {
      contrasted: {kind: 'sides', first: '0.persona=judge', second: '0.persona=nurse'},
      of: 'all',
      metrics: ({name}) => [...listMainMetrics(name), ...ENDING_METRIC_IDS],
      unit: 'agent',
      round: 'last',
      draws: 99,
      parts: false,
      blocks: false,
      ...rest,
    });
  }

  test('a refusal rate that differs is an effect, paired by question over all that ended', async () => {
    const workspace = workspaceOf(['judge', conversations(REFUSING)], ['nurse', conversations()]);
    const {comparisons, family} = await compare(workspace);
    const effects = comparisons[0]!.strata[0]!.effects;
    // Σ(d − 0.3)² = 2.1, SE = √(10/9 · 2.1)/10 = 0.152753, t(0.975; 9) = 2.262157.
    const refusal = effects.find(({id}) => id === 'refusal_rate')!;
    expect(refusal).toMatchObject({kind: 'ending', first: 0.3, second: 0, questions: 10, clusters: 10});
    expect(refusal.difference).toBeCloseTo(0.3, 12);
    expect(refusal.interval![0]).toBeCloseTo(0.3 - 2.262157 * 0.152753, 5);
    expect(refusal.interval![1]).toBeCloseTo(0.3 + 2.262157 * 0.152753, 5);
    // Answers are paired on the questions that both sides answered.
    expect(effects.find(({id}) => id === 'accuracy')).toMatchObject({questions: 6});
    expect(comparisons[0]!.strata[0]!.unmatched.only_second).toBe(4);
    // What occurs on neither side is not listed, and no test among others.
    expect(effects.map(({id}) => id).filter(id => ENDING_METRIC_IDS.includes(id))).toEqual([
      'refusal_rate',
      'filtered_rate',
    ]);
    expect(family.tests).toBe(effects.filter(({p_value: p}) => p !== null).length);
  });

  test('a side of which nothing could be scored is compared all the same', async () => {
    const all = Object.fromEntries(IDS.map((id, i) => [id, i < 9 ? 'refused' : 'filtered']));
    const workspace = workspaceOf(['judge', conversations(all)], ['nurse', conversations()]);
    const comparison = await compare(workspace);
    const {effects} = comparison.comparisons[0]!.strata[0]!;
    expect(effects.map(({id, first, second}) => [id, first, second])).toEqual([
      ['refusal_rate', 0.9, 0],
      ['filtered_rate', 0.1, 0],
    ]);
    expect(renderComparison(comparison)).toContain('nothing scored of 0.persona=judge');
  });

  test('one that is asked for by name is shown where it does not occur', async () => {
    const workspace = workspaceOf(['judge', conversations()], ['nurse', conversations()]);
    const {comparisons} = await compare(workspace, {metrics: () => ['cut_rate'], keepsAbsent: true});
    expect(comparisons[0]!.strata[0]!.effects).toMatchObject([{id: 'cut_rate', first: 0, second: 0, p_value: 1}]);
  });

  test('scores that are asked for alone are refused where a side has none', async () => {
    const all = Object.fromEntries(IDS.map(id => [id, 'refused']));
    const workspace = workspaceOf(['judge', conversations(all)], ['nurse', conversations()]);
    await expect(compare(workspace, {metrics: () => ['accuracy']})).rejects.toMatchObject({
      code: 'compare-nothing-scored',
    });
  });
});

test('reasoning tokens are a mean over the messages whose servers count them', async () => {
  const message = (agent: string, tokens?: number): object => ({
    agent_id: agent,
    structured_response: {response_type: 'participant', rationale: 'so', opinion: 'A'},
    visible_to: [],
    message_metadata: {call: tokens === undefined ? {} : {reasoning_tokens: tokens}},
  });
  const all = [
    [message('a', 70), message('b')],
    [message('a', 30), message('b', 20)],
  ].map((messages, i) => ({
    question: `q${i}`,
    answers: {a: ['A'], b: ['A']},
    fields: {conversation_rounds: [{round_id: 0, messages}]},
  }));
  const results = await read(workspaceOf(['judge', all]));
  expect(get(results, 'thought_tokens')).toMatchObject({value: 40, n: 3});
  expect(get(await read(workspaceOf(['judge', conversations()])), 'thought_tokens')).toMatchObject({
    value: null,
    reason: 'no server told of reasoning tokens',
  });
});
