import type {Mapping} from '../../core/mapping.ts';
import type {Chat, Tokens} from '../model/chat.ts';
import type {Parameter, Values} from '../values/parameter.ts';

/** Examples of a task: what is asked, and what the guide knows of the answer. Both of one length. */
export interface Dataset {
  readonly inputs: readonly unknown[];
  readonly infos: readonly unknown[];
}

export const SET_NAMES = ['train', 'validation', 'test'] as const;
export type SetName = (typeof SET_NAMES)[number];

/** A guide's verdict on a response. */
export interface Judgement {
  /** More is better. */
  readonly score: number;
  readonly feedback: string;
  /** Named metrics, of tasks with several. */
  readonly scores?: Readonly<Record<string, number>> | undefined;
  /** Absent where the task does not tell it. */
  readonly response?: unknown;
}

export interface Example {
  readonly set: SetName;
  readonly index: number;
  readonly input: unknown;
  readonly info: unknown;
}

/** A task, ready to be scored: fresh values, its examples and its guide. */
export interface Bundle {
  readonly parameters: readonly Parameter[];
  readonly train: Dataset;
  /** Steers the search and gives the reported score; the training examples where it is absent. */
  readonly validation?: Dataset | undefined;
  /** Only ever scored on the best state. */
  readonly test?: Dataset | undefined;
  /** At least `objective`. */
  readonly optimizerKwargs: Mapping;
  readonly metadata: {readonly benchmark: string; readonly entry: string};
  readonly objectiveConfig?: Mapping | undefined;
  /** `eval_kwargs` that the builder has no use for. */
  readonly unusedKwargs: readonly string[];
  /** Runs the task with the values on one example. @throws whatever its guide throws. */
  readonly evaluate: (values: Values, example: Example, signal: AbortSignal) => Promise<Judgement>;
  /** Returns tokens that an external program says it used; null where it says nothing. */
  readonly reportedTokens?: () => Tokens | null;
  /** Ends what the builder started. */
  readonly close: () => Promise<void>;
}

/** Everything that a builder may use. Nothing of it is shared with another job. */
export interface TaskContext {
  readonly evalKwargs: Mapping;
  /** Null in stub mode: no model is asked. */
  readonly chat: Chat | null;
  /** Words of the interpreter. */
  readonly python: readonly string[];
}

export type TaskBuilder = (context: TaskContext) => Bundle | Promise<Bundle>;

/** Signals that a task cannot be had here: the job is skipped, not failed. */
export class TaskUnavailable extends Error {
  override readonly name = 'TaskUnavailable';
}

/** Returns the first examples of a data set. */
export function limitDataset<Data extends Dataset | undefined>(dataset: Data, limit: number | null): Data | Dataset {
  if (!dataset || limit === null) return dataset;
  return {inputs: dataset.inputs.slice(0, limit), infos: dataset.infos.slice(0, limit)};
}
