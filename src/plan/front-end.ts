import type {ConfigText} from '../config/read-config.ts';
import type {YamlDocument} from '../config/yaml/yaml.ts';
import type {Axis, Plan} from './plan.ts';

/** The writer of a text: a user, or a grid run that keeps it, which may be the older system's. */
export type ConfigOrigin = 'config' | 'snapshot';

/** A parsed config: its values, and where each of them is in the text. */
export type ConfigDocument = YamlDocument;

/** A config that its front-end parsed. */
export interface ParsedConfig extends ConfigText {
  readonly frontEnd: FrontEnd;
  /** Its `problems` are faults in how it is written, though it can be understood. */
  readonly document: ConfigDocument;
}

/** The axes that a front-end finds in a document. Any two combinations of values of the axes are two tasks. */
export interface Expansion {
  readonly axes: readonly Axis[];
  readonly derived: Plan['derived'];
  readonly warnings: Plan['warnings'];
  readonly isReference: boolean;
  /**
   * Returns the configuration of a task, before validation. It may differ from another task's only in what the axes
   * write and in what is derived from it: counts and checks look at one task for each value that matters.
   *
   * @param index from 0; the last axis varies fastest (`toDigits`).
   * @throws ConfigError `grid-invalid` when it cannot be made.
   */
  readonly configAt: (index: number) => unknown;
}

/**
 * One way to write a plan: text and places in; axes, tasks and problems out. Pure. Whatever must be run to become data
 * (a suite in TypeScript) is run by whoever reads it, and its data is the text: the snapshot then holds what was run.
 */
export interface FrontEnd {
  /** Recorded as `frontend` in `mac.plan/1`. */
  readonly name: string;
  /** Tells whether a text is written for this front-end; the first that accepts it compiles it. */
  readonly accepts: (config: ConfigText) => boolean;
  /** @throws ConfigError when there is nothing to go on with. */
  readonly parse: (config: ConfigText, origin: ConfigOrigin) => ConfigDocument;
  /**
   * @param runtimeTimestamp time of submission, `YYYYMMDDTHHMMSS.mmmZ`.
   * @throws ConfigError `grid-invalid` with everything that is wrong with what describes the axes.
   */
  readonly expand: (document: ConfigDocument, options: {readonly runtimeTimestamp: string}) => Expansion;
  /**
   * Returns the configuration without what varies, and the paths that the axes would write, as far as that can be made
   * out: where a document does not expand, the rest of it is still checked.
   */
  readonly baseConfig: (document: ConfigDocument) => {readonly config: unknown; readonly written: readonly string[]};
}
