import {expect, test} from 'vitest';

import type {Turn} from '../../../src/conversation/turn.ts';
import {FitWatch, type FittedTask} from '../../../src/execute/guards/fit-watch.ts';
import type {Question} from '../../../src/questions/question.ts';
import {aReply} from '../../support/scripted-backend.ts';
import {aConfig} from '../a-task.ts';

const QUESTION = {
  question_id: 'q0',
  context: '',
  question: 'Which one?',
  choices: [{id: 'A', text: 'The first one'}],
} as unknown as Question;

/** A task of two agents over two rounds with a context of so many tokens. */
function aFittedTask(tokens: number): FittedTask {
  const models = {
    m: {backend: 'vllm' as const, model_path: 'org/m', vllm_config: {max_model_len: tokens}},
    open: {backend: 'openai' as const, model_name: 'gpt'},
  };
  const config = aConfig(['m', 'm'], {
    model_definitions: models,
    conversation_config: {routing_strategy: 'vanilla', max_rounds: 2},
  });
  return {
    config,
    planned: [QUESTION],
    modelKeys: new Map([
      ['m', 'key of m'],
      ['open', 'key of open'],
    ]),
  };
}

function watch() {
  const warnings: string[] = [];
  const fit = new FitWatch(text => warnings.push(text));
  const turn = {model: 'm', system: 's'.repeat(200), user: 'u'.repeat(200)} as Turn;
  const answer = (task: FittedTask, times: number, tokens = 200, change: Partial<Turn> = {}): void => {
    for (let n = 0; n < times; n++) fit.onReply(task, {...turn, ...change}, aReply({promptTokens: tokens}));
  };
  return {warnings, answer};
}

test('a context that is too small by the first four answers is warned of once for a model', () => {
  const {warnings, answer} = watch();
  const task = aFittedTask(300);
  answer(task, 3);
  expect(warnings).toEqual([]);
  answer(task, 5);
  answer(aFittedTask(300), 5);
  expect(warnings).toHaveLength(1);
  expect(warnings[0]).toContain(
    'org/m (vllm): a last request of a0 will likely not fit into max_model_len 300: about ',
  );
  expect(warnings[0]).toContain('2.0 characters a token on its first 4 answers): raise max_model_len');
});

test('there is no warning where it fits, and none for a model whose context is unknown', () => {
  const {warnings, answer} = watch();
  answer(aFittedTask(100_000), 8);
  answer(aFittedTask(300), 8, 200, {model: 'open'});
  expect(warnings).toEqual([]);
});

test('answers whose server counted a part of the prompt only are not measured', () => {
  const {warnings, answer} = watch();
  answer(aFittedTask(300), 50, 49);
  expect(warnings).toEqual([]);
});
