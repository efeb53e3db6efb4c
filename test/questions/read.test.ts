import {expect, test} from 'vitest';

import {parseQuestions} from '../../src/questions/read.ts';

const essay = {question_id: 'e', question_type: 'essay', question: 'Why is the sky blue?'};

test('a question that is not answered by choosing may lack the list of choices: it has none', () => {
  const {questions, problems} = parseQuestions(Buffer.from(JSON.stringify(essay)));
  expect(problems).toEqual([]);
  expect(questions).toEqual([{...essay, choices: []}]);
});

test('a question that is answered by choosing may not', () => {
  const {problems} = parseQuestions(Buffer.from(JSON.stringify({...essay, question_type: 'binary'})));
  expect(problems).toEqual([{line: 1, message: 'choices: expected a list of {id, text}'}]);
});
