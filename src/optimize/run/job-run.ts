import {errorMessage} from '../../core/errors.ts';
import type {Mapping} from '../../core/mapping.ts';
import {openExternalTrainer} from '../external/external-trainer.ts';
import type {OptimizeJob} from '../job.ts';
import type {Chat} from '../model/chat.ts';
import type {Bundle, SetName} from '../task/bundle.ts';
import {NATIVE_TRAINERS} from '../trainers/native-trainers.ts';
import {
  allOf,
  meanMetrics,
  meanScore,
  readCount,
  type Candidate,
  type Scored,
  type Trainer,
} from '../trainers/search.ts';
import type {Values} from '../values/parameter.ts';
import {Artifacts, STATE_HISTORY} from './artifacts.ts';
import {describeTraceback} from './describe-traceback.ts';
import type {JobEnvironment} from './job-environment.ts';
import type {EventKind, JobEvents} from './job-events.ts';
import type {JobMetrics, JobResult} from './job-result.ts';
import {JobError, makeProposer, readObjective} from './open-parts.ts';
import type {JobPlan} from './plan-job.ts';
import {openScalarLog, type ScalarLog} from './scalar-log.ts';
import {hasExamples, SearchSession} from './search-session.ts';

const FEEDBACKS = 3;

/** A score of one state; null where the guide failed. */
interface StateScore {
  readonly score: number | null;
  readonly feedback: string;
  readonly metrics: Mapping | null;
}

/** The part of a job's result that is known once its training has run, or failed. */
export type Outcome = Pick<
  JobResult,
  | 'status'
  | 'metrics'
  | 'feedback'
  | 'initial_state_path'
  | 'best_state_path'
  | 'final_state_path'
  | 'state_history_path'
  | 'tb_logdir'
  | 'scores'
  | 'counts'
  | 'traceback'
> & {readonly reason?: string};

export interface JobParts {
  readonly job: OptimizeJob;
  readonly plan: JobPlan;
  readonly environment: JobEnvironment;
  readonly bundle: Bundle;
  readonly chat: Chat | null;
  readonly events: JobEvents;
}

/** One job with its task at hand: initial score, training, final score, best state, its score on test examples. */
export class JobRun {
  readonly #parts: JobParts;
  readonly #session: SearchSession;
  readonly #artifacts: Artifacts;
  readonly #scalars: ScalarLog;
  #step = 0;

  /** @throws UserError `cannot-write`, JobError, ChatError. */
  constructor(parts: JobParts) {
    const {job, plan, environment, bundle, chat} = parts;
    const {folder, clock, print, signal} = environment;
    this.#parts = parts;
    this.#artifacts = new Artifacts(folder, bundle.parameters);
    this.#scalars = openScalarLog({id: plan.logger.id, folder, clock, print});
    this.#session = new SearchSession({
      bundle,
      objective: readObjective(job, bundle),
      proposer: makeProposer(plan.optimizer.id, job, bundle, chat),
      seed: job.seed,
      threads: readCount(plan.trainerKwargs, 'num_threads', 1),
      signal,
      listener: {
        event: (kind, facts) => this.#observe(kind, facts),
        accepted: (candidate, score, step) => this.#artifacts.writeAccepted(candidate, score, step),
      },
    });
  }

  async run(): Promise<Outcome> {
    const {events} = this.#parts;
    const {initial} = this.#session;
    const first = await this.#scoreState(initial.values);
    events.emit('initial_score', {score: first.score, scores: first.metrics});
    this.#log('score/initial', first.score, 0);
    const initial_state_path = await this.#artifacts.writeState('initial', initial.values, first.score, 0);
    const trained = await this.#train();
    if ('failure' in trained) return await this.#fail(trained.failure, first, initial_state_path);
    const {final} = trained;
    const last = await this.#scoreState(final.values);
    this.#log('score/final', last.score, this.#step + 1);
    const final_state_path = await this.#artifacts.writeState('final', final.values, last.score, this.#step);
    const isFinalBest = (last.score ?? -Infinity) >= (first.score ?? -Infinity);
    const [best, values] = isFinalBest ? [last, final.values] : [first, initial.values];
    const best_state_path = await this.#artifacts.writeState('best', values, best.score, this.#step);
    const test = hasExamples(this.#parts.bundle.test) ? await this.#scoreState(values, 'test') : null;
    return {
      ...(best.score === null ? {status: 'failed', reason: best.feedback} : {status: 'succeeded'}),
      metrics: makeMetrics({initial: first.score, final: last.score, best: best.score, test: test?.score ?? null}),
      feedback: best.feedback,
      ...this.#paths(initial_state_path, best_state_path, final_state_path),
      scores: best.metrics,
      counts: {...this.#session.counts, steps: this.#step},
      traceback: null,
    };
  }

  async #train(): Promise<{readonly final: Candidate} | {readonly failure: unknown}> {
    try {
      const trainer = this.#openTrainer();
      return {final: await trainer(this.#session, this.#parts.plan.trainerKwargs)};
    } catch (failure) {
      this.#parts.events.emit('training_failed', {problem: errorMessage(failure)});
      return {failure};
    }
  }

  #openTrainer(): Trainer {
    const {job, plan, environment, bundle} = this.#parts;
    if (job.commands.trainer) return openExternalTrainer(job.commands.trainer, {job, environment, bundle});
    const trainer = NATIVE_TRAINERS[plan.trainer.id];
    if (!trainer) throw new JobError(`there is no native trainer ${plan.trainer.id}`);
    return trainer;
  }

  /** A job that failed keeps what it began with: the best that is known. */
  async #fail(failure: unknown, first: StateScore, initialPath: string): Promise<Outcome> {
    const {values} = this.#session.initial;
    const bestPath = await this.#artifacts.writeState('best', values, first.score, 0);
    const reason = `training failed: ${errorMessage(failure)}`;
    return {
      status: 'failed',
      reason,
      metrics: makeMetrics({initial: first.score, final: null, best: null, test: null}),
      feedback: reason,
      ...this.#paths(initialPath, bestPath, null),
      scores: first.metrics,
      counts: {...this.#session.counts, steps: this.#step},
      traceback: describeTraceback(failure),
    };
  }

  #paths(initial: string, best: string, final: string | null) {
    return {
      initial_state_path: initial,
      best_state_path: best,
      final_state_path: final,
      state_history_path: STATE_HISTORY,
      tb_logdir: this.#scalars.tensorboardFolder,
    };
  }

  /** Scores a state on all examples of a set; the steering ones by default. The first failure of the guide ends it. */
  async #scoreState(values: Values, set: SetName = this.#session.steer): Promise<StateScore> {
    const {bundle, environment} = this.#parts;
    try {
      const size = bundle[set]?.inputs.length ?? 0;
      const scored = await this.#session.scoreOn(values, set, allOf(size));
      const score = meanScore(scored);
      const metrics = meanMetrics(scored);
      return {
        score: Number.isFinite(score) ? score : null,
        feedback: joinFeedback(scored),
        metrics: Object.keys(metrics).length > 0 ? metrics : null,
      };
    } catch (error) {
      environment.signal.throwIfAborted();
      const feedback = `the guide failed: ${errorMessage(error)}`;
      this.#parts.events.emit('notice', {text: feedback, set});
      return {score: null, feedback, metrics: null};
    }
  }

  #observe(kind: EventKind, facts: object): void {
    const {events, environment, plan} = this.#parts;
    events.emit(kind, facts);
    const {step, score} = facts as {readonly step?: unknown; readonly score?: unknown};
    if (typeof step === 'number') this.#step = Math.max(this.#step, step);
    const number = typeof score === 'number' ? score : null;
    if (kind === 'step') this.#log('score/step', number, this.#step);
    if (kind === 'best_updated') this.#log('score/best', number, this.#step);
    const isVerbose = !['', false, 0, undefined].includes(plan.trainerKwargs['verbose'] as never);
    if (isVerbose && kind !== 'step') environment.print(`${kind} ${JSON.stringify(facts)}`);
  }

  #log(name: string, value: number | null, step: number): void {
    if (value !== null) this.#scalars.write(name, value, step);
  }
}

function joinFeedback(scored: readonly Scored[]): string {
  return scored
    .slice(0, FEEDBACKS)
    .map(({judgement}) => judgement.feedback)
    .join(' | ');
}

function makeMetrics(scores: {
  readonly initial: number | null;
  readonly final: number | null;
  readonly best: number | null;
  readonly test: number | null;
}): JobMetrics {
  // The first is the one by which cells are ranked.
  return {
    ...(scores.best === null ? {} : {score_val: scores.best}),
    ...(scores.initial === null ? {} : {score_val_initial: scores.initial}),
    ...(scores.final === null ? {} : {score_val_final: scores.final}),
    ...(scores.test === null ? {} : {score_test: scores.test}),
  };
}
