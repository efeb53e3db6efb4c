import type {DocumentPath, Problem} from '../config/problem.ts';
import type {ConfigSource} from '../config/report.ts';
import type {TaskConfig} from '../core/task-config.ts';

/**
 * One thing that varies over a plan. Names, labels and places come from the front-end that read the config, so that
 * nobody after it needs to know how the config is written.
 */
export interface Axis {
  /** The front-end's word for axes of this sort, e.g. `sweep`. */
  readonly kind: string;
  readonly name: string;
  /** Every dotted path that it writes, for any of its values. */
  readonly paths: readonly string[];
  /** As the grid manifest records them. */
  readonly values: readonly unknown[];
  /** Path of the axis in the config. */
  readonly place: DocumentPath;
  /** Names the axis in a message, e.g. `_grid.sweep "agent_definitions.0.persona"`. */
  readonly title: string;
  /** Returns its values in few words each, in their order. */
  readonly labels: () => readonly string[];
  /** Returns what a value of the axis writes to a path; undefined where it leaves the path alone. */
  readonly written: (digit: number, path: string) => unknown;
  /** Returns where in the config that is. */
  readonly findPlace: (digit: number, path: string) => DocumentPath;
}

/** One row of a plan: a fully expanded, validated configuration. */
export interface Task {
  /** Position in the plan, from 0; the array index on a cluster. */
  readonly index: number;
  /** Hash of all that would change the results: 16 hex digits. Resume trusts it, never names. */
  readonly key: string;
  readonly config: TaskConfig;
  /** Axis name → value of this task (for a zip: the mapping), as in the grid manifest. */
  readonly sweepSpecs: Readonly<Record<string, unknown>>;
  /** 32 bits. */
  readonly seed: number;
}

/**
 * The tasks that will run: axes and functions of the task number. Compiled without clock or disk (they come in as
 * arguments). Task i is computed from i alone, so a million tasks cost nothing until one is asked for.
 */
export interface Plan {
  /** Name of the front-end that read the config; for people, nothing depends on it. */
  readonly frontend: string;
  readonly name: string;
  readonly source: {readonly path: string; readonly sha256: string};
  /** Returns where a value is in the config. */
  readonly locate: ConfigSource['locate'];
  /** True if the config asks for the older system's behaviour (`compatibility: reference`). */
  readonly isReference: boolean;
  readonly axes: readonly Axis[];
  /** The product of the sizes of the axes; 1 without any. */
  readonly size: number;
  /** Paths that rules write, with the paths they read, in the order in which they apply. */
  readonly derived: readonly {readonly path: string; readonly reads: readonly string[]}[];
  /** Things in the source that are legal, but odd. */
  readonly warnings: readonly Problem[];
  /** Returns the configuration before validation. @throws ConfigError `grid-invalid`. */
  readonly rawAt: (index: number) => unknown;
  /** Returns the validated configuration. @throws ConfigError when it is invalid. */
  readonly configAt: (index: number) => TaskConfig;
  /** Position on each axis; the last one varies fastest. */
  readonly digitsAt: (index: number) => readonly number[];
  readonly sweepSpecsAt: (index: number) => Readonly<Record<string, unknown>>;
  /** @throws UserError when that task's configuration or its question file is invalid. */
  readonly taskAt: (index: number) => Task;
}
