import {rm} from 'node:fs/promises';
import {resolve} from 'node:path';

import {listSecrets} from '../../core/secrets.ts';
import {jsonTimestamp} from '../../record/disk/timestamps.ts';
import {isEvaluated} from '../../record/trial/decide.ts';
import {writeTrialRecord, type TrialEvaluation, type TrialRecord} from '../../record/trial/trial-record.ts';
import {ProcessLog} from '../process/process-log.ts';
import {runProcess} from '../process/run-process.ts';
import {scrubLog} from '../process/scrub-log.ts';
import {endedBySignal} from '../process/detached-process.ts';
import {beginRecord, keptRun} from './begin-record.ts';
import {TAIL_LINES, TAIL_WIDTH} from './describe-end.ts';
import {findOutput, isFolder} from './find-output.ts';
import type {GpuLease} from './gpu-slots.ts';
import {hashEffectiveConfig} from './effective-config.ts';
import {judgeEnd} from './judge-end.ts';
import {aggregatedMetrics, mergeMetrics} from './metrics.ts';
import {moveAside} from './move-aside.ts';
import {prepareCommand, type TrialCommand} from './prepare-command.ts';
import {fillProgramTokens} from './program-tokens.ts';
import {redactRecord} from './redact.ts';
import {readResultFile} from './result-file.ts';
import {EVALUATION_NOT_RUN, readOutput, runEvaluator} from './run-evaluator.ts';
import type {RunTrialOptions} from './trial-options.ts';
import {makeTrialEnvironment, type Environment} from './trial-environment.ts';
import {findPlaces, toRecordedPath, type TrialPlaces} from './trial-places.ts';

/** One run of a trial, or only of its evaluators: its record, step by step. */
export class TrialRun {
  readonly #options: RunTrialOptions;
  readonly #places: TrialPlaces;
  /** Ends processes. */
  readonly #ending: AbortSignal;
  readonly #secrets: readonly string[];
  readonly #timeoutMs: number | null;
  #record: TrialRecord;
  /** Metrics of the run itself, which those of evaluators are merged into. */
  #ownMetrics: TrialRecord['metrics'] = {};

  constructor(options: RunTrialOptions) {
    const {layout, set, planned, attempt, env, stop, lost} = options;
    const {trial} = planned;
    this.#options = options;
    this.#places = findPlaces(layout, set, trial, attempt);
    this.#ending = lost ? AbortSignal.any([stop.expired, lost]) : stop.expired;
    this.#secrets = listSecrets({...env, ...trial.environment});
    this.#timeoutMs = trial.timeout_seconds === null ? null : trial.timeout_seconds * 1000;
    this.#record = beginRecord(options);
  }

  async run(): Promise<TrialRecord> {
    const {planned, gpus, stop, earlier, again = false} = this.#options;
    const waiting = AbortSignal.any([stop.requested, this.#ending]);
    const devices = await gpus.acquire(planned.trial.resources.gpus, waiting);
    if (devices === 'aborted' || waiting.aborted) {
      if (typeof devices === 'object' && 'release' in devices) devices.release();
      return await this.#notBegun();
    }
    try {
      if (typeof devices === 'object' && 'never' in devices) return await this.#fail(devices.never);
      const lease = devices === 'unrestricted' ? null : devices;
      const kept = again ? undefined : keptRun(earlier, planned);
      if (kept) {
        this.#record = kept.record;
        this.#ownMetrics = kept.ownMetrics;
        return await this.#evaluate(this.#environment(lease, null));
      }
      return await this.#runAll(lease);
    } finally {
      if (typeof devices === 'object' && 'release' in devices) devices.release();
      await rm(this.#places.scratch, {recursive: true, force: true}).catch(() => undefined);
    }
  }

  /** Returns what is so without a run: nothing is recorded that did not happen. */
  async #notBegun(): Promise<TrialRecord> {
    if (this.#options.lost?.aborted) await this.#options.requireCurrent();
    return {...(this.#options.earlier ?? this.#record), status: 'cancelled', reason: 'stopped before it began'};
  }

  async #runAll(lease: GpuLease | null): Promise<TrialRecord> {
    const {planned, layout} = this.#options;
    await this.#options.requireCurrent();
    await this.#setAside();
    const command = await prepareCommand(planned.trial, this.#places, layout);
    const env = this.#environment(lease, command);
    this.#record = {...this.#record, gpus: [...(lease?.ids ?? [])]};
    if (command) await this.#execute(command, env);
    else await this.#reuse();
    return await this.#evaluate(env);
  }

  /**
   * Moves away the folder of a command that did something else there: what it left must not be taken for results of
   * this run. Attempts at the same find what those before them left.
   */
  async #setAside(): Promise<void> {
    const {earlier, planned} = this.#options;
    const {trial, key} = planned;
    const {output} = this.#places;
    if (trial.runner.kind !== 'command' || !earlier || earlier.task_key === key) return;
    if (earlier.trial.output_dir !== trial.output_dir || !(await isFolder(output))) return;
    await moveAside(output, earlier.attempt);
  }

  async #execute(command: TrialCommand, env: Environment): Promise<void> {
    const {clock, layout, planned, attempt, lost, stop} = this.#options;
    const places = this.#places;
    const {cwd} = places;
    const log = new ProcessLog(places.log);
    const log_path = toRecordedPath(layout, log.path);
    const argv = fillProgramTokens(command.argv, env);
    this.#record = {...this.#record, command: [...argv], log_path};
    await this.#save();
    if (!(await isFolder(cwd))) {
      await this.#fail(`its working directory ${cwd} is no folder`);
      return;
    }
    const title = `attempt ${attempt}, ${this.#record.started_at}`;
    const startMs = clock.monotonic();
    const timeoutMs = this.#timeoutMs;
    const end = await runProcess({argv, cwd, env, log, title, timeoutMs, signal: this.#ending, clock});
    const duration_seconds = (clock.monotonic() - startMs) / 1000;
    await scrubLog(log, this.#secrets);
    if (lost?.aborted) await this.#options.requireCurrent();
    const printed = log.listLastLines(Infinity, TAIL_WIDTH);
    const output = await findOutput(planned.trial, places, log);
    const said = await readResultFile(places.result);
    // What stops us, such as the end of a job, may have told the trial itself.
    const wasTold = end.cause === 'itself' && stop.requested.aborted && endedBySignal(end.exit);
    const outcome = judgeEnd({...end, ...(wasTold ? {cause: 'stopped'} : {}), timeoutMs, printed, said, output});
    const folder = 'folder' in output ? output.folder : null;
    this.#ownMetrics = outcome.metrics;
    await this.#save({
      ...outcome,
      exit_code: end.exit.code,
      signal: end.exit.signal,
      tail: printed.slice(-TAIL_LINES),
      duration_seconds,
      finished_at: jsonTimestamp(clock.now()),
      output_dir: folder === null ? null : toRecordedPath(layout, folder),
      config_sha256: outcome.status === 'succeeded' && folder !== null ? await hashEffectiveConfig(folder) : null,
    });
  }

  /** Uses an earlier run again: its folder must be there, and the file of its evaluation if one is named. */
  async #reuse(): Promise<void> {
    const {layout, planned, clock} = this.#options;
    const {runner} = planned.trial;
    if (runner.kind !== 'reuse') throw new Error('Internal error: only an earlier run has no command');
    const folder = resolve(layout.workspace, runner.source);
    if (!(await isFolder(folder))) {
      await this.#fail(`the run to use again, ${folder}, is no folder`);
      return;
    }
    const isReplaced = runner.re_evaluate && planned.trial.evaluators.length > 0;
    const evaluation = runner.evaluation === null || isReplaced ? null : await this.#reuseEvaluation(runner.evaluation);
    await this.#save({
      status: 'reused',
      finished_at: jsonTimestamp(clock.now()),
      output_dir: toRecordedPath(layout, folder),
      config_sha256: await hashEffectiveConfig(folder),
      evaluations: evaluation ? [evaluation] : [],
    });
  }

  async #reuseEvaluation(file: string): Promise<TrialEvaluation> {
    const {layout} = this.#options;
    const path = resolve(layout.workspace, file);
    const found = await readOutput(path);
    const base = {...EVALUATION_NOT_RUN, id: 'reused'};
    if ('problem' in found) return {...base, status: 'failed', reason: found.problem, path: null};
    return {...base, status: 'reused', path: toRecordedPath(layout, path), metrics: aggregatedMetrics(found.value)};
  }

  /** Runs the evaluators that have no result yet, in order; one that fails keeps none of the others from running. */
  async #evaluate(env: Environment): Promise<TrialRecord> {
    const {planned, layout, clock, stop} = this.#options;
    const {output_dir} = this.#record;
    const due = isEvaluated(this.#record) && output_dir !== null ? planned.trial.evaluators : [];
    for (const evaluator of due) {
      if (this.#record.evaluations.some(({id}) => id === evaluator.id)) continue;
      if (stop.requested.aborted) break;
      await this.#options.requireCurrent();
      const evaluation = await runEvaluator({
        evaluator,
        runFolder: resolve(layout.workspace, output_dir ?? ''),
        layout,
        cwd: this.#places.cwd,
        env,
        timeoutMs: this.#timeoutMs,
        signal: this.#ending,
        clock,
      });
      if (evaluation === null) break;
      await this.#save({evaluations: this.#inOrder([...this.#record.evaluations, evaluation])});
    }
    return redactRecord(this.#record, this.#secrets);
  }

  #inOrder(evaluations: readonly TrialEvaluation[]): TrialEvaluation[] {
    const order = this.#options.planned.trial.evaluators.map(({id}) => id);
    return evaluations.toSorted((a, b) => order.indexOf(a.id) - order.indexOf(b.id));
  }

  async #fail(reason: string): Promise<TrialRecord> {
    const finished_at = jsonTimestamp(this.#options.clock.now());
    return await this.#save({status: 'failed', reason, finished_at});
  }

  #environment(lease: GpuLease | null, command: TrialCommand | null): Environment {
    const {env, planned, limit, attempt} = this.#options;
    return makeTrialEnvironment({
      env,
      trial: planned.trial,
      places: this.#places,
      configFile: command?.configFile ?? null,
      limit,
      attempt,
      gpus: lease?.ids ?? null,
    });
  }

  async #save(change: Partial<TrialRecord> = {}): Promise<TrialRecord> {
    const changed = {...this.#record, ...change};
    this.#record = {...changed, metrics: mergeMetrics(this.#ownMetrics, changed.evaluations)};
    const {layout, fence} = this.#options;
    const clean = redactRecord(this.#record, this.#secrets);
    await writeTrialRecord(layout, clean, fence);
    return clean;
  }
}
