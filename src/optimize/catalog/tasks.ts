import type {Availability} from './trainers.ts';

export const SUITE_NAMES = ['internal', 'trace_examples', 'llm4ad', 'veribench', 'hf', 'terminal_bench'] as const;
export type SuiteName = (typeof SUITE_NAMES)[number];

export interface SuiteEntry {
  readonly name: SuiteName;
  readonly aliases: readonly string[];
  /** Listed only where it is named. */
  readonly optIn: boolean;
  /** `folder`: its tasks are found on disk (`optimize/llm4ad/discover.ts`). */
  readonly tasks: 'native' | 'folder' | 'none';
  readonly availability: Availability;
}

const AVAILABLE: Availability = {available: true};
const NEEDS_VERIBENCH = missing('needs the veribench data set and Lean 4; give the task a command');
const NEEDS_DATASETS = missing('needs the Python package datasets and the data; give the task a command');

function missing(reason: string): Availability {
  return {available: false, reason};
}

export const SUITES: readonly SuiteEntry[] = [
  {name: 'internal', aliases: [], optIn: false, tasks: 'native', availability: AVAILABLE},
  {name: 'trace_examples', aliases: ['example'], optIn: false, tasks: 'native', availability: AVAILABLE},
  {name: 'llm4ad', aliases: [], optIn: false, tasks: 'folder', availability: AVAILABLE},
  {name: 'veribench', aliases: [], optIn: false, tasks: 'none', availability: NEEDS_VERIBENCH},
  {name: 'hf', aliases: [], optIn: true, tasks: 'none', availability: NEEDS_DATASETS},
  {
    name: 'terminal_bench',
    aliases: [],
    optIn: true,
    tasks: 'none',
    availability: missing('needs Harbor and Docker; give the task a command'),
  },
];

export interface TaskEntry {
  readonly id: string;
  readonly suite: SuiteName;
  readonly summary: string;
  /** Null: known only when it is built. */
  readonly trainable: boolean | null;
  /** Asks the model in real mode, whatever proposes values. */
  readonly asksModel: boolean;
  readonly availability: Availability;
}

function native(
  suite: SuiteName,
  name: string,
  summary: string,
  {trainable = true, asksModel = false}: Partial<Pick<TaskEntry, 'trainable' | 'asksModel'>> = {},
): TaskEntry {
  return {id: `${suite}:${name}`, suite, summary, trainable, asksModel, availability: AVAILABLE};
}

/** Tasks that need no folder; those of `llm4ad` are on disk. */
export const TASKS: readonly TaskEntry[] = [
  native('internal', 'code_param', 'one code text, equal to the target at the start'),
  native('internal', 'numeric_param', 'one number, to become 3'),
  native('internal', 'multi_param', 'two numbers, whose sum is to become 3'),
  native('internal', 'non_trainable', 'nothing to train: exists to fail', {trainable: false}),
  native('internal', 'multiobjective_convex', 'a point in a text; two losses'),
  native('internal', 'multiobjective_bbeh', 'a Python program that answers boolean expressions; errors and CPU time'),
  native('internal', 'multiobjective_gsm8k', 'a system prompt for word problems; errors and tokens', {asksModel: true}),
  native('trace_examples', 'greeting_stub', 'one word of a greeting'),
  native('trace_examples', 'train_single_node_stub', 'one number, to become 3'),
  native('trace_examples', 'opentrace_greeting', 'two instructions, one for each language'),
  native('trace_examples', 'opentrace_train_single_node', 'one whole number, told in words'),
  {
    id: 'veribench:smoke_placeholder',
    suite: 'veribench',
    summary: 'stands for the suite where it is not installed',
    trainable: null,
    asksModel: false,
    availability: NEEDS_VERIBENCH,
  },
  ...['hotpot_qa', 'bbeh'].map((name): TaskEntry => ({
    id: `hf:${name}`,
    suite: 'hf',
    summary: 'question answering from a Hugging Face data set',
    trainable: null,
    asksModel: false,
    availability: NEEDS_DATASETS,
  })),
];
