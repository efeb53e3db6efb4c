import {describe, expect, test} from 'vitest';

import {readComparison} from '../../src/analyze/compare/read-comparison.ts';
import {ENDING_METRIC_IDS, listMainMetrics} from '../../src/analyze/metrics/main-metrics.ts';
import {readResults, type Results} from '../../src/analyze/score/read-results.ts';
import {chooseFigures} from '../../src/analyze/figures/figures.ts';
import {drawForPage} from '../../src/analyze/report/page-figure.ts';
import {readReport} from '../../src/analyze/report/read/read-report.ts';
import {renderPage} from '../../src/analyze/report/render-page.ts';
import {describePage, type ReportPage} from '../../src/analyze/report/report-page.ts';
import {renderComparison} from '../../src/cli/render/render-comparison.ts';
import {renderResults} from '../../src/cli/render/render-results.ts';
import type {Question} from '../../src/questions/question.ts';
import {aQuestion} from './a-question.ts';
import {RecordedWorkspace, type ConversationRecord} from './recorded-workspace.ts';

/** Opinions: nothing is right, nobody is named, no metadata. */
const OPINIONS = Array.from({length: 12}, (_, i) =>
  aQuestion(`o${i}`, {source_dataset: 'Opinions', texts: ['agree', 'disagree', 'no opinion'], correct_answer_id: null}),
);

/** The grid's factor is no identity, either. */
function workspaceOf(questions: readonly Question[]): RecordedWorkspace {
  const said = (shift: number): ConversationRecord[] =>
    questions.map(({question_id: question}, i) => ({
      question,
      answers: {a: ['ABC'[i % 3]!, 'ABC'[(i + shift) % 3]!], b: ['B', 'B']},
    }));
  const workspace = new RecordedWorkspace(questions);
  workspace.addTask({persona: null, routing: 'vanilla', conversations: said(0)});
  workspace.addTask({persona: null, routing: 'answers_only', conversations: said(1)});
  return workspace;
}

async function read({layout}: RecordedWorkspace): Promise<Results> {
  return readResults(layout, {selector: 'all', unit: 'agent', round: 'last', draws: 99});
}

function reasons(results: Results): Record<string, string | null> {
  return Object.fromEntries(
    results.cells[0]!.estimates.filter(({value}) => value === null).map(({id, reason}) => [id, reason]),
  );
}

async function page({layout}: RecordedWorkspace): Promise<{page: ReportPage; html: string}> {
  const data = await readReport(layout, {selector: 'all', unit: 'agent', draws: 99});
  const figures = chooseFigures(data);
  const options = {title: undefined, now: '2026-01-02T00:00:00.000000Z', version: '1', draws: 99, secrets: []};
  const described = describePage(data, figures, await drawForPage(figures), options);
  return {page: described, html: renderPage(described)};
}

describe('a data set without right answers, identities and metadata', () => {
  test('has every metric that needs none of them, and says of the others why not', async () => {
    const results = await read(workspaceOf(OPINIONS));
    const why = reasons(results);
    expect(why['accuracy']).toBe('its questions have no right answer (correct_answer_id)');
    expect(why['majority_correct']).toBe('no conversation of two or more agents about a question with a right answer');
    expect(why['flip_correct_to_wrong']).toBe('no agent answered a question with a right answer twice');
    for (const id of ['consensus', 'entropy', 'flip_rate', 'refusal_rate', 'position:1 of 3'])
      expect(why).not.toHaveProperty([id]);
    const shown = renderResults(results, {metrics: undefined, parts: false});
    expect(shown).toContain('accuracy: its questions have no right answer');
    expect(shown).toMatch(/consensus/);
  });

  test('is compared on what it has', async () => {
    const {layout} = workspaceOf(OPINIONS);
    const comparison = await readComparison(layout, {
      contrasted: {kind: 'factor', factor: 'routing', baseline: undefined},
      of: 'all',
      metrics: ({name}) => [...listMainMetrics(name), ...ENDING_METRIC_IDS],
      unit: 'agent',
      round: 'last',
      draws: 99,
      parts: false,
      blocks: false,
    });
    const effects = comparison.comparisons[0]!.strata[0]!.effects;
    expect(effects.find(({id}) => id === 'accuracy')).toMatchObject({
      difference: null,
      reason: 'its questions have no right answer (correct_answer_id)',
    });
    expect(effects.find(({id}) => id === 'flip_rate')!.difference).not.toBeNull();
    expect(renderComparison(comparison)).toContain('flip_rate');
  });

  test('has a report with what can be drawn', async () => {
    const {page: described, html} = await page(workspaceOf(OPINIONS));
    expect(html).not.toMatch(/undefined|\[object Object\]|NaN/);
    expect(html).toContain('its questions have no right answer');
    expect(html).toContain('Answers by shown position');
    expect(described.figures.length).toBeGreaterThan(0);
    expect(described.absent.map(({title}) => title)).toContain('persona × demographics');
  });

  test('beside questions with a right answer only those count as right or wrong', async () => {
    const mixed = OPINIONS.map((question, i) => (i < 3 ? {...question, correct_answer_id: 'B'} : question));
    const results = await read(workspaceOf(mixed));
    const accuracy = results.cells[0]!.estimates.find(({id}) => id === 'accuracy')!;
    // Agent b is right in all three, agent a in one of them.
    expect(accuracy).toMatchObject({
      n: 6,
      counts: {'agent@last/correct': 4, 'agent@last/n': 6, 'agent@last/ungraded': 18},
    });
  });

  test('yes-or-no questions that look like DiscrimEval without its metadata have rates and no gaps, with the reason', async () => {
    const decisions = Array.from({length: 8}, (_, i) =>
      aQuestion(`d${i}`, {source_dataset: 'DiscrimEval', correct_answer_id: null}),
    );
    const results = await read(workspaceOf(decisions.map(question => ({...question, texts: undefined}))));
    const why = reasons(results);
    expect(results.cells[0]!.estimates.find(({id}) => id === 'yes_rate')!.value).not.toBeNull();
    expect(why['gap_mean']).toMatch(/^no valid answer about the group/);
    expect(why['effect_black']).toBeTypeOf('string');
  });
});

describe('the report of conversations that ended without answers', () => {
  test('shows rates, warns of placeholders, and is complete with refusals', async () => {
    const questions = Array.from({length: 10}, (_, i) => aQuestion(`q${i}`));
    const workspace = new RecordedWorkspace(questions);
    workspace.addGrid({
      tasks: [{task_id: 0, experiment_name: 'e', benchmark_subcategory: 'b', status: 'succeeded'}],
    });
    const summary = {
      status: 'failed',
      outcome: 'refused',
      total_rounds: 0,
      final_answers: {},
      failed_turn: {agent_id: 'a', round_id: 0, failed_attempts: [{error_code: 'PLACEHOLDER_RATIONALE'}]},
    };
    workspace.addTask({
      persona: 'judge',
      conversations: questions.map(({question_id: question}, i) => ({
        question,
        answers: {a: ['A'], b: ['B']},
        ...(i < 3 ? {status: 'failed' as const, fields: {conversation_summary: summary, conversation_rounds: []}} : {}),
      })),
    });
    const {page: described, html} = await page(workspace);
    expect(described.progress).toBe('Complete: 1 task and 7 conversations with answers; ended without: 3 refused.');
    expect(described.isComplete).toBe(true);
    const endings = described.results[0]!.folded.find(({title}) => title === 'How conversations ended')!;
    expect(endings.tables[0]!.columns.map(({heading}) => heading)).toContain('refusal_rate');
    expect(html).toContain('[0.108, 0.603]');
    expect(described.warnings.join(' ')).toContain(
      "3 of 17 replies (18 %) give the prompt's placeholder as their rationale, all were asked for again",
    );
    expect(html).toContain('How conversations ended');
  });
});
