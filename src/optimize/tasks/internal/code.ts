import {judgeTruth} from '../../task/guides.ts';
import type {TaskBuilder} from '../../task/bundle.ts';
import {makeBundle} from '../../task/make-bundle.ts';

const TARGET = 'def double(x):\n    return 2 * x\n';

/** One program text, equal to the target at the start. It is compared, never run. */
export const codeParam: TaskBuilder = ({evalKwargs}) =>
  makeBundle({
    benchmark: 'internal',
    entry: 'code_param',
    objective: 'Keep the program equal to the target.',
    parameters: [{name: 'code', kind: 'code', value: TARGET, trainable: true}],
    train: {inputs: ['code'], infos: [TARGET]},
    evalKwargs,
    respond: ({code}) => code,
    guide: (_, response, reference) => judgeTruth(response === reference, 'The program differs from the target.'),
  });

/** Nothing to train: a job with it fails with `no_trainable_parameters`. */
export const nonTrainable: TaskBuilder = ({evalKwargs}) =>
  makeBundle({
    benchmark: 'internal',
    entry: 'non_trainable',
    objective: 'Nothing can be changed.',
    parameters: [{name: 'answer', kind: 'text', value: 'fixed', trainable: false}],
    train: {inputs: ['answer'], infos: ['fixed']},
    evalKwargs,
    respond: ({answer}) => answer,
    guide: (_, response, reference) => judgeTruth(response === reference, 'The response differs from the reference.'),
  });
