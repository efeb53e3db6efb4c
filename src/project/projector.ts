import type {Clock} from '../core/clock.ts';
import type {GitState} from '../core/git-state.ts';
import type {PlannedTrial, TrialPlan} from '../plan/trial-plan.ts';
import type {Layout} from '../record/layout.ts';
import type {TrialRecord} from '../record/trial/trial-record.ts';

/** The files that a user sees of a kind of trials: made from the plan and the records, as often as wanted. */
export interface Projector {
  /** Of the sets that it is for. */
  readonly kind: string;
  /**
   * Writes every file whole or not at all. The caller holds the lock of the set.
   *
   * @returns what there is to look at, in the order in which it is shown.
   * @throws UserError `cannot-write`.
   */
  readonly write: (context: ProjectContext) => Promise<readonly ProjectedFile[]>;
  /**
   * Writes what must be there before the first of some trials starts.
   *
   * @throws UserError `cannot-write`.
   */
  readonly prepare?: (context: PrepareContext) => Promise<void>;
}

export interface ProjectedFile {
  readonly label: string;
  /** Absolute. */
  readonly path: string;
}

/** The trials of a plan that are about to run. */
export interface PrepareContext {
  readonly layout: Layout;
  readonly plan: TrialPlan;
  readonly trials: readonly PlannedTrial[];
}

/** Everything that derived files are made from. */
export interface ProjectContext {
  readonly layout: Layout;
  readonly plan: TrialPlan;
  /** By trial id; trials without one never ran. */
  readonly records: ReadonlyMap<string, TrialRecord>;
  /** Null outside of a checkout. */
  readonly git: GitState | null;
  readonly clock: Clock;
  readonly env: Readonly<Record<string, string | undefined>>;
  /**
   * The run at whose end the files are written: a trial whose record another run made was used again. Null where all
   * was done already, so that nothing ran; absent where the files are made later.
   */
  readonly gridId?: string | null | undefined;
}
