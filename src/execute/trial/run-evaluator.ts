import {mkdir, rm} from 'node:fs/promises';
import {dirname, resolve} from 'node:path';

import type {Clock} from '../../core/clock.ts';
import {errorMessage, UserError} from '../../core/errors.ts';
import {listSecrets} from '../../core/secrets.ts';
import type {Evaluator} from '../../core/trial.ts';
import {cannotWrite} from '../../record/disk/atomic-file.ts';
import {readIfExists} from '../../record/disk/read-file.ts';
import {jsonTimestamp} from '../../record/disk/timestamps.ts';
import type {Layout} from '../../record/layout.ts';
import type {TrialEvaluation} from '../../record/trial/trial-record.ts';
import {describeExit} from '../process/detached-process.ts';
import {ProcessLog} from '../process/process-log.ts';
import {scrubLog} from '../process/scrub-log.ts';
import {runProcess} from '../process/run-process.ts';
import {describeFailedExit, TAIL_LINES, TAIL_WIDTH} from './describe-end.ts';
import {evaluatorCommand} from './evaluator-command.ts';
import {isFolder} from './find-output.ts';
import {aggregatedMetrics} from './metrics.ts';
import {fillProgramTokens} from './program-tokens.ts';
import type {Environment} from './trial-environment.ts';
import {toRecordedPath} from './trial-places.ts';

export interface EvaluatorRun {
  readonly evaluator: Evaluator;
  readonly runFolder: string;
  readonly layout: Layout;
  readonly cwd: string;
  readonly env: Environment;
  readonly timeoutMs: number | null;
  /** Ends it. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
}

/** The parts of an evaluation for which no process ran. */
export const EVALUATION_NOT_RUN = {
  path: null,
  command: null,
  exit_code: null,
  signal: null,
  log_path: null,
  tail: [],
  metrics: {},
  started_at: null,
  finished_at: null,
};

/**
 * Runs an evaluator of a run that has ended.
 *
 * @returns null when `signal` ended it: it runs again then.
 * @throws UserError `cannot-write`.
 */
export async function runEvaluator(run: EvaluatorRun): Promise<TrialEvaluation | null> {
  const {evaluator, runFolder, layout, clock} = run;
  const output = resolve(layout.workspace, evaluator.output);
  const base = {...EVALUATION_NOT_RUN, id: evaluator.id};
  if (!evaluator.enabled) return {...base, status: 'disabled'};
  const log = new ProcessLog(`${output}.log`);
  const argv = fillProgramTokens(await evaluatorCommand(evaluator, runFolder, output), run.env);
  if (await isFolder(output)) return {...base, status: 'failed', reason: `its output, ${output}, is a folder`};
  await clearOutput(output);
  const started_at = jsonTimestamp(clock.now());
  const env = {...run.env, MAC_OUTPUT_DIR: runFolder, MAC_RESULT_FILE: undefined};
  const {exit, cause} = await runProcess({...run, env, argv, log, title: started_at});
  await scrubLog(log, listSecrets(env));
  if (cause === 'stopped') return null;
  const printed = log.listLastLines(Infinity, TAIL_WIDTH);
  const ended = {
    ...base,
    command: [...argv],
    exit_code: exit.code,
    signal: exit.signal,
    log_path: toRecordedPath(layout, log.path),
    tail: printed.slice(-TAIL_LINES),
    started_at,
    finished_at: jsonTimestamp(clock.now()),
  };
  if (cause === 'timeout')
    return {...ended, status: 'timeout', reason: `ran longer than ${(run.timeoutMs ?? 0) / 1000} s`};
  if (cause === 'log-full') return {...ended, status: 'failed', reason: 'wrote more to its output than a log may hold'};
  const reason = exit.code === 0 ? undefined : describeFailedExit(describeExit(exit), printed);
  if (reason !== undefined) return {...ended, status: 'failed', reason};
  const parsed = await readOutput(output);
  if ('problem' in parsed) return {...ended, status: 'failed', reason: parsed.problem};
  const path = toRecordedPath(layout, output);
  return {...ended, status: 'succeeded', path, metrics: aggregatedMetrics(parsed.value)};
}

/** Reads the JSON file of an evaluation, or says what is wrong with it. */
export async function readOutput(path: string): Promise<{readonly value: unknown} | {readonly problem: string}> {
  try {
    const text = await readIfExists(path, {lookTwice: false});
    return text === undefined ? {problem: `wrote no ${path}`} : {value: JSON.parse(text)};
  } catch (error) {
    return {problem: error instanceof UserError ? error.message : `${path} is no JSON: ${errorMessage(error)}`};
  }
}

/** Removes what an earlier attempt wrote, which must not be taken for the output of this one. */
async function clearOutput(path: string): Promise<void> {
  try {
    await mkdir(dirname(path), {recursive: true});
    await rm(path, {force: true});
  } catch (error) {
    throw cannotWrite(path, error);
  }
}
