import {readdirSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';

import {expect, test} from 'vitest';

import {readComparison} from '../../../src/analyze/compare/read-comparison.ts';
import {listMainMetrics} from '../../../src/analyze/metrics/main-metrics.ts';
import {chooseFigures} from '../../../src/analyze/figures/figures.ts';
import {drawForPage} from '../../../src/analyze/report/page-figure.ts';
import {toPageTable} from '../../../src/analyze/report/page-table.ts';
import {compareCommand} from '../../../src/analyze/report/effect-table.ts';
import {readReport, type ReportData} from '../../../src/analyze/report/read/read-report.ts';
import {renderPage} from '../../../src/analyze/report/render-page.ts';
import {describePage, type ReportPage} from '../../../src/analyze/report/report-page.ts';
import {aQuestion} from '../a-question.ts';
import {RecordedWorkspace, type ConversationRecord} from '../recorded-workspace.ts';

const QUESTIONS = ['q0', 'q1', 'q2', 'q3'].map(id => aQuestion(id));

const ALL: ConversationRecord[] = QUESTIONS.map(({question_id: question}) => ({
  question,
  answers: {a: ['A', 'A'], b: ['B', 'A']},
}));

const SNAPSHOT = '$MAC_FAIRNESS_WORKSPACE/bookkeeping/_grid_config_snapshot/g.yaml';

/** As the older system wrote it while the grid was running. */
function olderManifest(workspace: RecordedWorkspace, statuses: readonly (string | null)[]): void {
  workspace.write(
    'bookkeeping/grid_manifest/20260101T000000.000Z_7.json',
    JSON.stringify({
      grid_config_snapshot_path: SNAPSHOT,
      pid: 7,
      submission_timestamp: '2026-01-01T00:00:00.000000Z',
      num_tasks_planned: statuses.length,
      num_tasks_succeeded: 0,
      tasks: statuses.map((status, i) => ({
        task_id: i,
        experiment_name: i === 0 ? 'e' : `e${i}`,
        benchmark_subcategory: 'b',
        grid_sweep_specs: {},
        skip_cleanup: false,
        status,
        started_at: null,
        completed_at: null,
      })),
      created_at: '2026-01-01T00:00:00.000000Z',
    }),
  );
  workspace.write('bookkeeping/_grid_config_snapshot/g.yaml', '_grid: {sweep: {a: [1, 2]}}\napi_key: hunter2\n');
}

async function report({layout}: RecordedWorkspace): Promise<{data: ReportData; page: ReportPage; html: string}> {
  const data = await readReport(layout, {selector: 'all', unit: 'agent', draws: 99});
  const figures = chooseFigures(data);
  const options = {title: undefined, now: '2026-01-02T00:00:00.000000Z', version: '1', draws: 99, secrets: []};
  const page = describePage(data, figures, await drawForPage(figures), options);
  return {data, page, html: renderPage(page)};
}

test('a running grid of the older system: what is there is shown, what is not is said', async () => {
  const workspace = new RecordedWorkspace(QUESTIONS);
  workspace.addTask({conversations: [...ALL.slice(0, 2), {...ALL[2]!, status: 'failed'}]});
  olderManifest(workspace, ['started', null]);
  const {data, page, html} = await report(workspace);
  expect(data.conversations).toEqual({planned: 4, succeeded: 2, partial: 0, failed: 1});
  expect(page.isComplete).toBe(false);
  expect(page.progress).toContain('0 of 2 tasks done');
  expect(page.data.missing).toEqual(['task 1: b/e1']);
  expect(page.cards.find(({label}) => label === 'conversations that succeeded')!.detail).toContain('1 missing');
  expect(page.absent).toContainEqual({
    title: 'Throughput over time',
    reason: 'the index lines have no times: the older system did not write them',
  });
  expect(page.ran.versions).toContain('older system');
  expect(html).toContain('conversation-failed');
  expect(html).toContain('_grid: {sweep: {a: [1, 2]}}');
  expect(html).not.toContain('hunter2');
});

test('done, and yet not complete: conversations that could not be used are counted in the head', async () => {
  const workspace = new RecordedWorkspace(QUESTIONS);
  workspace.addTask({conversations: ALL});
  expect((await report(workspace)).page.progress).toBe('Complete: 1 task and 4 conversations.');
  const folder = join(workspace.folder, 'experiment/b/e/transcript');
  const [first, second] = readdirSync(folder).map(name => join(folder, name));
  writeFileSync(first!, '{');
  rmSync(second!);
  const {page, html} = await report(workspace);
  expect(page.isComplete).toBe(false);
  expect(page.progress).toBe('Done: 1 task, but 2 of 4 conversations are missing, could not be read or are left out.');
  expect(html).toContain('<p class="state incomplete">Done: 1 task');
  expect(html).toContain('left out. See <a href="#data">The data</a>.</p>');
  expect(page.cards.find(({label}) => label === 'conversations that succeeded')).toMatchObject({
    value: '4',
    detail: '2 of them could be used',
  });
});

test('one task of one question, nothing that can be compared', async () => {
  const workspace = new RecordedWorkspace(QUESTIONS.slice(0, 1));
  workspace.addTask({conversations: [{question: 'q0', answers: {a: ['A']}}]});
  const {page, html} = await report(workspace);
  expect(page.isComplete).toBe(true);
  expect(page.absent.map(({title}) => title)).toEqual([
    'other: answers by round',
    'other: changes of answers',
    'persona × demographics',
    'Throughput over time',
  ]);
  expect(html).toContain('fewer than two clusters');
  expect(html).not.toMatch(/undefined|\[object Object\]|NaN/);
});

test('the effects of a factor are those of mac compare; one of too many values is left out and named', async () => {
  const workspace = new RecordedWorkspace(QUESTIONS);
  const wrong = ALL.map(each => ({...each, answers: {a: ['A', 'B'], b: ['B', 'B']}}));
  for (const routing of ['vanilla', 'answers_only']) {
    workspace.addTask({persona: 'judge', routing, conversations: ALL});
    workspace.addTask({persona: 'nurse', routing, conversations: routing === 'vanilla' ? wrong : ALL});
  }
  const {data, page, html} = await report(workspace);
  const compared = await readComparison(workspace.layout, {
    contrasted: {kind: 'factor', factor: 'persona', baseline: undefined},
    of: 'all',
    metrics: ({name}) => listMainMetrics(name),
    unit: 'agent',
    round: 'last',
    draws: 99,
    parts: false,
    blocks: false,
  });
  const [routing, persona] = data.effects.byFactor;
  expect(persona).toMatchObject({factor: 'agent_definitions.0.persona', baseline: null});
  expect(persona!.comparisons).toEqual(compared.comparisons);
  expect(persona!.family).toEqual(compared.family);
  expect(routing!.factor).toBe('conversation_config.routing_strategy');
  expect(page.results[0]!.folded.map(({title}) => title)).toContain('Effects of agent_definitions.0.persona');
  expect(html).toContain('nurse\u00a0− judge');
  expect(html).toContain('Holm, S. (1979)');
  expect(data.effects.left).toEqual([]);

  for (let i = 0; i < 12; i++) workspace.addTask({persona: `persona ${i}`, conversations: ALL});
  const larger = await report(workspace);
  expect(larger.data.effects.left).toEqual([
    {factor: 'agent_definitions.0.persona', reason: 'it has more than 12 values'},
  ]);
  expect(larger.page.results[0]!.limits.join()).toContain(
    'mac compare --factor agent_definitions.0.persona --of all --draws 99 gives it',
  );
});

test('the command that repeats a table is whole, and quoted for a shell', () => {
  const asked = {of: 'my grid', unit: 'majority', draws: 99} as const;
  expect(compareCommand({factor: 'persona', baseline: "it's null"}, asked)).toBe(
    "mac compare --factor persona --baseline 'it'\\''s null' --of 'my grid' --unit majority --draws 99",
  );
  expect(compareCommand({factor: 'persona', baseline: null}, {of: 'g', unit: 'agent', draws: 9_999})).toBe(
    'mac compare --factor persona --of g',
  );
});

test('where tasks with peers hidden stand beside others, what puts them together says so', async () => {
  const workspace = new RecordedWorkspace(QUESTIONS);
  workspace.addTask({conversations: ALL});
  const alone = await report(workspace);
  expect(alone.page.results[0]!.mixture).toBe('');
  expect(alone.html).not.toContain('a control in which agents never see each other');
  workspace.addTask({routing: 'peers_hidden', conversations: ALL});
  const {page, html} = await report(workspace);
  expect(html).toMatch(/<strong>Note\.<\/strong> Tasks with peers_hidden, a control[^<]*mac results all --by/);
  const described = page.figures.filter(({description}) => description.includes('Tasks with peers_hidden'));
  expect(described.map(({title}) => title)).toEqual(['other: answers by round', 'other: changes of answers by type']);
});

test('when nothing could be scored the page says why and is still a page', async () => {
  const workspace = new RecordedWorkspace(QUESTIONS);
  workspace.addTask({conversations: ALL.map(each => ({...each, status: 'failed' as const}))});
  const {page, html} = await report(workspace);
  expect(page.warnings).toContain('No conversation could be scored. The section on the data says why.');
  const [row] = toPageTable(page.results[0]!.overall).rows;
  expect(row!.slice(0, 3).map(({text}) => text)).toEqual(['T', '0', '– (a)']);
  expect(page.figures).toEqual([]);
  expect(page.absent).toContainEqual({title: 'other: scores', reason: 'nothing could be scored'});
  expect(html).toContain('No conversation could be scored.');
  expect(html).not.toMatch(/undefined|\[object Object\]|NaN/);
});

test('tokens and retries come from transcripts where no summary has them', async () => {
  const workspace = new RecordedWorkspace(QUESTIONS);
  const summary = {
    status: 'succeeded',
    total_rounds: 2,
    total_messages: 4,
    final_answers: {},
    token_metrics: {total_messages: 4, prompt_tokens: {total: 40}, response_tokens: {total: 20}},
    retry_statistics: {total_retry_attempts: 3, validation_errors_summary: [{error: 'INVALID_ANSWER', count: 3}]},
  };
  const id = workspace.addTask({
    conversations: ALL.map(each => ({...each, fields: {conversation_summary: summary}})),
  });
  // A summary tells of one of them; the other three are read.
  workspace.write(
    'experiment/b/e/task_summary/20260101T000001.000Z_1_0.json',
    JSON.stringify({
      per_transcript_statistics: [
        {
          transcript_id: `${id}-q0`,
          tokens_prompt: 1000,
          tokens_generated: 500,
          retry_attempts: 0,
          validation_errors: [],
        },
        {transcript_id: 'of another task', tokens_prompt: 7, tokens_generated: 7, retry_attempts: 7},
      ],
    }),
  );
  const {data} = await report(workspace);
  expect(data.spending).toMatchObject({conversations: 4, promptTokens: 1120, responseTokens: 560, retries: 9});
  expect(data.spending.retryCodes).toEqual(new Map([['INVALID_ANSWER', 9]]));
});

test('signs that nobody sees, or that turn the text round, are written out in tables and pictures', async () => {
  const workspace = new RecordedWorkspace(QUESTIONS);
  workspace.addTask({persona: '\u202eegduj\x1b[31m', conversations: ALL});
  workspace.addTask({persona: 'judge\u200b', conversations: ALL});
  const {html} = await report(workspace);
  expect(html).not.toMatch(/[\x1b\u200b\u202e]/);
  expect(html).toContain('\\u202eegduj\\x1b[31m');
  expect(html).toMatch(/<svg(?:(?!<\/svg>).)*judge\\u200b/s);
});

test('parameters that change together are one factor', async () => {
  const workspace = new RecordedWorkspace(QUESTIONS);
  workspace.addTask({conversations: ALL, persona: 'doctor', reveal: true, name: 'e'});
  workspace.addTask({conversations: ALL, persona: 'judge', reveal: false, name: 'e'});
  const {data} = await report(workspace);
  expect(data.factors).toHaveLength(1);
  expect(data.factors[0]!.sameAs.length).toBeGreaterThan(0);
  expect([...data.factors[0]!.levels.values()]).toEqual([1, 1]);
});
