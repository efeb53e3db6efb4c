import {UserError} from '../../core/errors.ts';
import type {QuestionCounts} from '../../record/formats.ts';
import type {Fence} from '../../record/lease/fence.ts';
import {describeUnevaluated} from '../../record/trial/decide.ts';
import type {TrialRecord} from '../../record/trial/trial-record.ts';
import type {Unit, UnitEnd, Work} from '../runner.ts';

/** A claimed trial that is ready to run. */
export interface TrialWorkParts {
  readonly id: string;
  /** True when it is done already and its record is kept. */
  readonly isKept: boolean;
  /** Runs it to its end, which it records. @throws UserError `cannot-write`, `lease-lost`. */
  readonly run: () => Promise<TrialRecord>;
  readonly fence: Pick<Fence, 'lower'>;
  readonly recordPath: string;
  readonly onEnded: (unit: Unit) => void;
}

/** A trial while it runs. */
class TrialUnit implements Unit {
  readonly id: string;
  readonly blocked = 0;
  abandoned = false;
  readonly #run: () => Promise<TrialRecord>;
  readonly #onEnded: (unit: Unit) => void;
  /** Its record, or the error that kept it from being written. */
  end: TrialRecord | Error | null = null;

  constructor(id: string, run: () => Promise<TrialRecord>, onEnded: (unit: Unit) => void) {
    this.id = id;
    this.#run = run;
    this.#onEnded = onEnded;
  }

  start(): void {
    void this.#finish();
  }

  async #finish(): Promise<void> {
    try {
      this.end = await this.#run();
    } catch (error) {
      this.end = error instanceof Error ? error : new Error(String(error));
    }
    if (!this.abandoned) this.#onEnded(this);
  }
}

/** The work of a task that is one trial. */
export class TrialWork implements Work<TrialUnit> {
  readonly total = 1;
  readonly left: number;
  readonly canary = 0;
  readonly #parts: TrialWorkParts;
  #unit: TrialUnit | null = null;

  constructor(parts: TrialWorkParts) {
    this.#parts = parts;
    this.left = parts.isKept ? 0 : 1;
  }

  next(): TrialUnit | null {
    if (this.left === 0 || this.#unit) return null;
    const {id, run, onEnded} = this.#parts;
    return (this.#unit = new TrialUnit(id, run, onEnded));
  }

  judge({end}: TrialUnit): UnitEnd {
    if (end === null || end instanceof Error) return {outcome: 'failed', isFinal: false, reason: end?.message ?? null};
    const failure = describeFailure(end);
    if (failure === undefined) return {outcome: 'succeeded', isFinal: true, reason: null};
    // A trial is not done before its evaluators are, however its run ended.
    const outcome = end.status === 'timeout' || end.status === 'cancelled' ? end.status : 'failed';
    return {outcome, isFinal: false, reason: failure};
  }

  /** Fails where its record could not be written: it is written when the trial ends, before anybody is told. */
  record({end}: TrialUnit): Promise<void> {
    return end instanceof Error ? Promise.reject(end) : Promise.resolve();
  }

  counts(): Required<QuestionCounts> {
    const isDone = this.#parts.isKept || (this.#unit !== null && this.judge(this.#unit).isFinal);
    const done = isDone ? 1 : 0;
    return {total: 1, succeeded: done, done, outcomes: {}, failures: []};
  }

  get failure(): string | undefined {
    const end = this.#unit?.end;
    if (!end || end instanceof UserError) return undefined;
    return end instanceof Error ? end.message : describeFailure(end);
  }

  async finish(): Promise<string> {
    await this.#parts.fence.lower();
    return this.#parts.recordPath;
  }

  discard(): Promise<void> {
    return Promise.resolve();
  }

  async abandon(): Promise<void> {
    await this.#parts.fence.lower();
  }
}

/** Returns why a trial has to run again, in a few words; undefined when it need not. */
function describeFailure(record: TrialRecord): string | undefined {
  const {status, reason, evaluations} = record;
  switch (status) {
    case 'succeeded':
    case 'reused':
    case 'skipped': {
      const failed = evaluations.find(each => each.status === 'failed' || each.status === 'timeout');
      if (failed) return `evaluator ${failed.id}: ${failed.reason ?? failed.status}`;
      // A stop came before them.
      return describeUnevaluated(record, record.trial.evaluators);
    }
    case 'started':
    case 'failed':
    case 'timeout':
    case 'cancelled':
      return reason ?? status;
  }
}
