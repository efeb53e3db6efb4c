import type {Problem} from '../config/problem.ts';
import type {TaskConfig} from '../core/task-config.ts';

/** One thing that varies over a plan: a swept path, a broadcast or a zip. */
export interface Axis {
  readonly kind: 'sweep' | 'broadcast' | 'zip';
  /** The dotted path of a sweep, else the name given in the config. */
  readonly name: string;
  /** The paths it writes. */
  readonly paths: readonly string[];
  readonly values: readonly unknown[];
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
 * What will run: axes and functions of the task number. Pure data otherwise; compiled without clock or disk (they come
 * in as arguments). Task i is computed from i alone, so a million tasks cost nothing until one is asked for.
 */
export interface Plan {
  readonly frontend: 'grid';
  readonly name: string;
  readonly source: {readonly path: string; readonly sha256: string};
  readonly axes: readonly Axis[];
  readonly size: number;
  /** Paths that `derive` rules write, with the paths they read. */
  readonly derived: readonly {readonly path: string; readonly reads: readonly string[]}[];
  /** What is legal in the source, but odd. */
  readonly warnings: readonly Problem[];
  /** The configuration before validation. @throws ConfigError `grid-invalid`. */
  readonly rawAt: (index: number) => unknown;
  /** Position on each axis. */
  readonly digitsAt: (index: number) => readonly number[];
  readonly sweepSpecsAt: (index: number) => Readonly<Record<string, unknown>>;
  /** @throws UserError when that task's configuration is invalid. */
  readonly taskAt: (index: number) => Task;
}
