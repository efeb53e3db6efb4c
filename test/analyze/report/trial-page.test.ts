import {expect, test} from 'vitest';

import {drawTrialForests} from '../../../src/analyze/figures/trial-forest.ts';
import {drawForPage} from '../../../src/analyze/report/page-figure.ts';
import {renderTrialPage} from '../../../src/analyze/report/render-page.ts';
import {describeTrialPage} from '../../../src/analyze/report/trial-page.ts';
import type {TrialSelection} from '../../../src/analyze/trials/read-trials.ts';
import {scoreTrials} from '../../../src/analyze/trials/results.ts';
import {listReportedMetrics} from '../../../src/analyze/trials/trial-row.ts';
import {makeSelection, type GivenTrial} from '../trials/recorded-trials.ts';

const ABOUT = {now: '2026-11-20T10:00:00.000000Z', version: '1', title: undefined};

const trials = (task: string, trainer: string, scores: readonly number[]): GivenTrial[] =>
  scores.map((score, i) => ({labels: {task, trainer}, seed: i + 1, metrics: {score, loss: score * 1000}}));

async function renderSelection(selection: TrialSelection): Promise<string> {
  const results = scoreTrials(selection, {});
  const figures = drawTrialForests(results, listReportedMetrics(selection.rows));
  return renderTrialPage(describeTrialPage(results, await drawForPage(figures), ABOUT));
}

const HOSTILE = '<img src=x onerror=alert(1)>';

test('the page has cells, leaderboards and a figure, and every name is text', async () => {
  const html = await renderSelection(
    makeSelection([...trials('t1', 'a', [0.5, 0.7]), ...trials('t1', HOSTILE, [0.1, 0.2]), ...trials('t2', 'a', [1])]),
  );
  expect(html).toContain('Complete: 5 trials: 5 succeeded.');
  expect(html).toContain('leaderboard: task t1: score, higher is better');
  expect(html).toContain('0.600<small>');
  expect(html).toMatch(/<figure id="figure-means-score-loss">/);
  expect(html).not.toContain('<img');
  expect(html).toContain('&lt;img src');
});

test('trials that are in no number are listed with their reasons, before any number', async () => {
  const failed: GivenTrial = {
    labels: {task: 't1', trainer: 'b'},
    seed: 1,
    status: 'failed',
    more: {reason: 'exit code 3'},
  };
  const html = await renderSelection({
    ...makeSelection([...trials('t1', 'a', [0.5, 0.7]), failed]),
    missing: ['t1__c__seed1'],
    unreadable: ['bookkeeping/trial_record/bench/r1/torn.json'],
  });
  expect(html).toContain('Not complete: 3 trials: 2 succeeded, 1 failed; 1 planned trial without a record;');
  const data = html.slice(html.indexOf('<h2 id="data-title"'), html.indexOf('<h2 id="results-title"'));
  for (const text of ['exit code 3', 't1__c__seed1', 'torn.json']) expect(data).toContain(text);
  expect(html).toContain('no rank: trainer&#x3D;b: no trial succeeded: 1 failed');
});

test('before anything has succeeded the page says so, without figures and leaderboards', async () => {
  const html = await renderSelection(makeSelection([{labels: {a: 1}, seed: 1, status: 'started'}]));
  expect(html).toContain('Nothing has succeeded yet, so there are no scores.');
  expect(html).toContain('There is nothing to rank');
  expect(html).not.toContain('<figure');
});

test('a figure holds as many metrics as fit, in its data all cells with n and seeds, and says what is not drawn', () => {
  const many = Array.from({length: 70}, (_, i) => trials(`t${i}`, 'a', [i, i + 1])).flat();
  const selection = makeSelection(many);
  const [figure, ...others] = drawTrialForests(scoreTrials(selection, {}), ['score', 'loss', 'duration_seconds']);
  expect(others).toEqual([]);
  expect(figure?.rows).toHaveLength(70 * 3);
  expect(figure?.rows[0]).toEqual(['t0', 'score', 0.5, expect.any(Number), expect.any(Number), 2, 2]);
  expect(figure?.description).toContain('6 more cells are not drawn');
});
