import type {Problem} from '../config/problem.ts';
import type {ConfigText} from '../config/read-config.ts';
import type {YamlDocument} from '../config/yaml/yaml.ts';
import type {Mapping} from '../core/mapping.ts';
import type {Trial, TrialSet} from '../core/trial.ts';
import type {Axis, Plan} from './plan.ts';
import type {Services, TrialPolicy} from './trial-plan.ts';

/** The writer of a text: a user, or a grid run that keeps it, which may be the older system's. */
export type ConfigOrigin = 'config' | 'snapshot';

/** A parsed config: its values, and where each of them is in the text. */
export type ConfigDocument = YamlDocument;

/** A config of conversations that its front-end parsed. */
export interface ParsedConfig extends ConfigText {
  readonly frontEnd: ConversationFrontEnd;
  /** Its `problems` are faults in how it is written, though it can be understood. */
  readonly document: ConfigDocument;
}

/** A file of trials that its front-end parsed. */
export interface ParsedTrials extends ConfigText {
  readonly frontEnd: TrialFrontEnd;
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

/** One kind of experiment file, and what it compiles to. Pure. */
export type FrontEnd = ConversationFrontEnd | TrialFrontEnd;

interface CommonFrontEnd {
  /** Recorded as `frontend` in `mac.plan/1`. */
  readonly name: string;
  /** Tells whether a text is written for this front-end; the first that accepts it compiles it. */
  readonly accepts: (config: ConfigText) => boolean;
  /** @throws ConfigError when there is nothing to go on with. */
  readonly parse: (config: ConfigText, origin: ConfigOrigin) => ConfigDocument;
}

/**
 * One way to write a plan of conversations: text and places in; axes, tasks and problems out. Whatever must be run to
 * become data (a suite in TypeScript) is run by whoever reads it, and its data is the text: the snapshot then holds
 * what was run.
 */
export interface ConversationFrontEnd extends CommonFrontEnd {
  readonly makes: 'conversations';
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

/** Facts that a front-end may use besides the text. Kept in the run file, so that a run that goes on is the same. */
export interface TrialContext {
  /** Folder of the file that the user named, absolute: what the file names relative to itself is there. */
  readonly home: string;
  /** Folder that the places of trials are relative to, absolute. */
  readonly workspace: string;
  readonly submittedAtMs: number;
  /** The name of this run of the file, as `nameRun` gave it when it began. */
  readonly runName: string | null;
  /** `--limit`: for what counts examples; every trial has it in `$MAC_LIMIT`. */
  readonly limit: number | null;
  /** SHA-256 of the files that decide what trials do (`TrialFrontEnd.listFiles`), by the names they have there. */
  readonly fileHashes?: Readonly<Record<string, string>>;
}

/** The trials of a document. */
export interface TrialExpansion {
  readonly set: TrialSet;
  /** Two with one id, or one key, are refused by whoever asked. */
  readonly trials: readonly Trial[];
  /** Dimensions, for previews: a name and the values in few words. Their sizes need not multiply to the trials. */
  readonly axes: readonly {readonly name: string; readonly values: readonly string[]}[];
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
  readonly policy: TrialPolicy;
  /** Programs that run beside the trials. */
  readonly services: Services | null;
  /** Names of the ways to put trials into one job, with the labels in which its trials agree; the first is default. */
  readonly groupings: Readonly<Record<string, readonly string[]>>;
  /** Parts of the document that its projections need besides the trials. */
  readonly details: Mapping;
}

/** One way to write a plan of trials. */
export interface TrialFrontEnd extends CommonFrontEnd {
  readonly makes: 'trials';
  /** Returns the name of a new run of a document, where its records are kept apart from those of other runs. */
  readonly nameRun?: (
    document: ConfigDocument,
    context: {readonly submittedAtMs: number; readonly commit: string | null},
  ) => string;
  /** A new run never goes on with an earlier one that happens to have its name: it gets another name then. */
  readonly isAlwaysNew?: boolean;
  /** Returns the files, relative to the workspace, whose contents change what trials do: their keys have them. */
  readonly listFiles?: (document: ConfigDocument, context: TrialContext) => readonly string[];
  /** @throws ConfigError when no trial can be made out. */
  readonly expand: (document: ConfigDocument, context: TrialContext) => TrialExpansion;
}
