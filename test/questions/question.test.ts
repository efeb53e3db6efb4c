import {expect, test} from 'vitest';

import {referenceChoices, toAskedQuestion} from '../../src/questions/question.ts';

test('the older system showed choices when Python takes their ids for capital letters', () => {
  // Each id with what CPython 3.11 says of `id.isalpha() and id.isupper()`.
  const shown = ['A', 'AB', 'É', 'A中'];
  const hidden = ['', 'Ab', 'A1', '中', 'ǅ', 'AǅB', 'Aª', 'Aʰ', 'Ⅰ'];
  const choices = [...shown, ...hidden].map(id => ({id, text: id}));
  expect(referenceChoices({choices}).map(({id}) => id)).toEqual(shown);
  const question: any = {choices};
  expect(toAskedQuestion(question, 'reference').choices.map(({id}) => id)).toEqual(shown);
  expect(toAskedQuestion(question).choices).toEqual(choices);
});
