import {judgeDistance} from '../../task/guides.ts';
import type {TaskBuilder} from '../../task/bundle.ts';
import {makeBundle} from '../../task/make-bundle.ts';

/** One number, 0 at the start, to become 3. */
export const numericParam: TaskBuilder = ({evalKwargs}) =>
  makeBundle({
    benchmark: 'internal',
    entry: 'numeric_param',
    objective: 'Find the number that scores highest. The score is minus the distance to a target.',
    parameters: [{name: 'x', kind: 'number', value: 0, trainable: true}],
    train: {inputs: ['x'], infos: [3]},
    evalKwargs,
    respond: ({x}) => x,
    guide: (_, response, reference) => judgeDistance(response, reference),
  });

/** Two numbers, 1 each at the start, whose sum is to become 3. */
export const multiParam: TaskBuilder = ({evalKwargs}) =>
  makeBundle({
    benchmark: 'internal',
    entry: 'multi_param',
    objective: 'Find two numbers whose sum scores highest. The score is minus the distance of the sum to a target.',
    parameters: [
      {name: 'a', kind: 'number', value: 1, trainable: true},
      {name: 'b', kind: 'number', value: 1, trainable: true},
    ],
    train: {inputs: ['a + b'], infos: [3]},
    evalKwargs,
    respond: ({a, b}) => Number(a) + Number(b),
    guide: (_, response, reference) => judgeDistance(response, reference),
  });
