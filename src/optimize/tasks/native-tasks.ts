import type {TaskBuilder} from '../task/bundle.ts';
import {multiobjectiveBbeh} from './internal/boolean-program.ts';
import {codeParam, nonTrainable} from './internal/code.ts';
import {multiobjectiveConvex} from './internal/convex.ts';
import {multiParam, numericParam} from './internal/numeric.ts';
import {multiobjectiveGsm8k} from './internal/word-problems.ts';
import {greetingStub, opentraceGreeting, opentraceTrainSingleNode, trainSingleNodeStub} from './trace-examples.ts';

/** Builders of the native tasks by their ids in the registry. Each call makes fresh values. */
export const NATIVE_TASKS: Readonly<Record<string, TaskBuilder>> = {
  'internal:code_param': codeParam,
  'internal:numeric_param': numericParam,
  'internal:multi_param': multiParam,
  'internal:non_trainable': nonTrainable,
  'internal:multiobjective_convex': multiobjectiveConvex,
  'internal:multiobjective_bbeh': multiobjectiveBbeh,
  'internal:multiobjective_gsm8k': multiobjectiveGsm8k,
  'trace_examples:greeting_stub': greetingStub,
  'trace_examples:train_single_node_stub': trainSingleNodeStub,
  'trace_examples:opentrace_greeting': opentraceGreeting,
  'trace_examples:opentrace_train_single_node': opentraceTrainSingleNode,
};
