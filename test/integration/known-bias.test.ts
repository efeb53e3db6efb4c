import {cpSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join, resolve} from 'node:path';
import {expect, test} from 'vitest';

import type {Question} from '../../src/questions/question.ts';
import {biasTarget} from '../../src/questions/bbq/target.ts';
import {bbqQuestion} from '../analyze/a-question.ts';
import {bbqCategoryFile} from '../support/bbq-files.ts';
import {HAS_SHARED, SHARED} from '../support/golden.ts';
import {runMac} from '../support/mac.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const CATEGORIES = ['Age', 'Religion', 'SES', 'Sexual_orientation'];
/** Of each file: enough for some twenty templates, few enough to run forty tasks in seconds. */
const QUESTIONS = 60;

/** As `config/bbq_known_bias.yaml` has them. */
const ACCURACY = 0.6;
const BIAS: Readonly<Record<string, number>> = {judge: 0.5, teacher: 0.25, doctor: 0, nurse: -0.25, null: 0.1};

/** The real rows where they are at hand, else rows of the same build: four a template, by context and polarity. */
function questionsOf(category: string): Question[] {
  if (HAS_SHARED) {
    const text = readFileSync(join(SHARED, 'data', bbqCategoryFile(category)), 'utf8');
    const all = text
      .trim()
      .split('\n')
      .map(line => JSON.parse(line) as Question);
    return all.slice(0, QUESTIONS);
  }
  return Array.from({length: QUESTIONS}, (_, i) => {
    const context = i % 2 === 0 ? 'ambig' : 'disambig';
    return bbqQuestion({
      id: `${category}_${i}`,
      category,
      context,
      polarity: i % 4 < 2 ? 'neg' : 'nonneg',
      stereotyped: ['old'],
      groups: ['old', 'nonOld', 'unknown'],
      gold: context === 'ambig' ? 2 : i % 8 < 4 ? 0 : 1,
      template: String(Math.floor(i / 4)),
    });
  });
}

/**
 * The chance of every choice, from the simulated model's rule: with |bias| it follows the stereotype (or, for a
 * negative one, gives one of the other answers), else it is right with `accuracy` and gives one of the other answers if
 * not. Taking over the answer of another agent of the same kind changes no chance.
 */
function chances(question: Question, bias: number): {right: number; biased: number; counter: number} {
  const {biased, counter} = biasTarget(question)!;
  const of = (choice: string): number => {
    const pulled = bias > 0 ? Number(choice === biased) : Number(choice !== biased) / 2;
    const free = choice === question.correct_answer_id ? ACCURACY : (1 - ACCURACY) / 2;
    return Math.abs(bias) * pulled + (1 - Math.abs(bias)) * free;
  };
  return {right: of(question.correct_answer_id!), biased: of(biased), counter: of(counter)};
}

/** Returns the expected value of every metric for these questions. */
function truths(questions: readonly Question[], persona: string): Record<string, number> {
  const sums = (context: string) => {
    const rows = questions.filter(question => question.source_metadata!['context_condition'] === context);
    const all = rows.map(question => chances(question, BIAS[persona]!));
    const mean = (read: (row: (typeof all)[number]) => number) =>
      all.reduce((sum, row) => sum + read(row), 0) / all.length;
    const [biased, counter] = [mean(row => row.biased), mean(row => row.counter)];
    return {accuracy: mean(({right}) => right), score: (biased - counter) / (biased + counter)};
  };
  const [ambiguous, disambiguated] = [sums('ambig'), sums('disambig')];
  return {
    accuracy_ambig: ambiguous.accuracy,
    accuracy_disambig: disambiguated.accuracy,
    s_amb: (1 - ambiguous.accuracy) * ambiguous.score,
    s_dis: disambiguated.score,
  };
}

const IDS = ['accuracy_ambig', 'accuracy_disambig', 's_amb', 's_dis'];

const truth = new Map<string, Record<string, number>>();

function truthOf(category: string, persona: string): Record<string, number> {
  const key = `${category}/${persona}`;
  if (!truth.has(key)) truth.set(key, truths(questionsOf(category), persona));
  return truth.get(key)!;
}

async function runGrid(): Promise<string> {
  const workspace = temporaryFolder('mac-known-bias-');
  mkdirSync(join(workspace, 'config'));
  mkdirSync(join(workspace, 'data/bbq'), {recursive: true});
  cpSync(join(ROOT, 'config/bbq_known_bias.yaml'), join(workspace, 'config/bbq_known_bias.yaml'));
  for (const category of CATEGORIES) {
    const lines = questionsOf(category).map(question => `${JSON.stringify(question)}\n`);
    writeFileSync(join(workspace, `data/bbq/bbq_${category.toLowerCase()}.jsonl`), lines.join(''));
  }
  const {exitCode, stderr} = await runMac(['run', 'config/bbq_known_bias.yaml'], {cwd: workspace});
  expect(exitCode, stderr).toBe(0);
  return workspace;
}

/** The intervals of forty tasks hold the bias that the model was given. */
async function checkResults(workspace: string): Promise<void> {
  const args = ['results', '--metric', IDS.join(), '--draws', '999', '--json'];
  const {stdout, stderr} = await runMac(args, {cwd: workspace});
  expect(stderr).toBe('');
  const {cells} = JSON.parse(stdout);
  expect(cells).toHaveLength(40);
  for (const id of IDS) {
    const held = cells.filter(({cell, stratum, estimates}: any) => {
      const {interval} = estimates.find((each: any) => each.id === id);
      const value = truthOf(stratum, cell['agent_definitions.0.persona'])[id]!;
      return interval[0] <= value && value <= interval[1];
    }).length;
    // Of intervals that hold the truth in 95 of 100 cases, fewer than 33 of 40 do in one case of 3,000.
    expect(held, `${id}: ${held} of 40 intervals hold the truth`).toBeGreaterThanOrEqual(33);
  }
}

/** The effects of the persona hold the differences, and the strong one is found with its sign everywhere. */
async function checkEffects(workspace: string): Promise<void> {
  const args = ['compare', '--factor', 'persona', '--baseline', 'doctor', '--metric', IDS.join(), '--draws', '999'];
  const {stdout, exitCode, stderr} = await runMac([...args, '--json'], {cwd: workspace});
  expect(exitCode, stderr).toBe(0);
  const {comparisons, factor} = JSON.parse(stdout);
  expect(factor).toBe('agent_definitions.0.persona');
  const effects: {persona: string; category: string; id: string; interval: [number, number]; p_value: number}[] =
    comparisons.flatMap(({first, strata, complete_blocks: blocks, differs_in: contrasts}: any) => {
      expect(blocks).toBe(8);
      expect(contrasts.map(({column}: any) => column)).toEqual([
        'agent_definitions.0.persona',
        'agent_definitions.1.persona',
      ]);
      return strata.flatMap((each: any) =>
        each.effects.map((effect: any) => ({persona: first.name, category: each.stratum, ...effect})),
      );
    });
  expect(effects).toHaveLength(4 * 4 * IDS.length);
  const held = effects.filter(({persona, category, id, interval}) => {
    const difference = truthOf(category, persona)[id]! - truthOf(category, 'doctor')[id]!;
    return interval[0] <= difference && difference <= interval[1];
  }).length;
  // Neighbouring effects share their baseline and questions, so that misses come together: less is asked than of
  // independent ones.
  expect(held, `${held} of 64 intervals hold the truth`).toBeGreaterThanOrEqual(54);
  for (const {persona, id, interval, p_value: p} of effects) {
    if (persona !== 'judge' || !id.startsWith('s_')) continue;
    expect(interval[0], `${id} of judges`).toBeGreaterThan(0);
    expect(p).toBeLessThan(0.05);
  }
}

test('forty tasks with a model whose bias is known: results and comparisons find it', async () => {
  const workspace = await runGrid();
  await checkResults(workspace);
  await checkEffects(workspace);
});
