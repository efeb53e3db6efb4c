import {errorMessage, UserError} from '../../core/errors.ts';
import type {ModelServers} from '../../execute/model-server/model-servers.ts';
import {
  countOomKills,
  mentionsGpuOutOfMemory,
  mentionsOutOfMemory,
  mentionsSigkill,
} from '../../execute/model-server/out-of-memory.ts';
import {FailureBudget} from '../../execute/guards/failure-budget.ts';
import type {PackResult} from '../../execute/pack/pack.ts';
import type {TaskOutcome} from '../../execute/pack-task.ts';
import {resolveFailAfter} from '../../execute/guards/run-guards.ts';
import type {RunningServices} from '../../execute/trial/services.ts';
import type {StopCause, StopSwitch} from '../../execute/guards/stop.ts';
import {listTaskModels} from '../../execute/conversation/task-models.ts';
import {waitForLeases} from '../../execute/task/wait-for-leases.ts';
import {finishGridRun} from '../../record/grid/grid-run.ts';
import {describeHolder} from '../../record/lease/peek-lease.ts';
import type {ElementAttempt, ElementCause} from '../../slurm/submission/element-file.ts';
import {readSubmittedGuards} from '../guards.ts';
import type {Caller, ExitCode} from '../caller.ts';
import {describeTask, type TaskLabel} from '../../execute/events.ts';
import type {RunWatcher} from '../watcher.ts';
import type {ElementJob} from './element-job.ts';
import type {ElementRecorder} from './element-recorder.ts';
import {prepareElement, type PreparedElement} from './prepare-element.ts';
import {projectSets} from '../project-sets.ts';
import {limitTrials} from '../here/max-parallel.ts';
import {assemblePack, createServers, limitHeapGrowth} from '../pack/assemble-pack.ts';
import {startTrialServices} from '../pack/trial-services.ts';
import {jobServerHooks} from '../pack/server-hooks.ts';

export interface RunElementOptions {
  readonly job: ElementJob;
  readonly recorder: ElementRecorder;
  readonly stop: StopSwitch;
  readonly caller: Caller;
  /** Makes what shows the element's tasks. */
  readonly watch: () => RunWatcher;
}

/** The end of an attempt, as its record says it. */
export type ElementEnd = Required<Pick<ElementAttempt, 'exit_code' | 'cause' | 'questions'>> &
  Pick<ElementAttempt, 'detail'>;

/**
 * An earlier attempt on a node that failed is taken for dead after half a minute without a sign of life; two looks at
 * its lease come on top.
 */
const LEASE_PATIENCE_MS = 90_000;
/** Errors by which servers cannot be had. */
const SERVER_CODES = new Set([
  'service-failed',
  'server-failed',
  'server-command-invalid',
  'too-few-gpus',
  'no-free-port',
]);
/** Of the time between USR2 and the time limit, what is kept for ending the servers and writing the rest. */
const RESERVE_SECONDS = 30;
/** SIGKILL follows SIGTERM after KillWait, 30 s by default, and the servers need some of them to end. */
const TERM_GRACE_MS = 15_000;

/**
 * Executes the tasks of one array element: waits for leases of dead attempts, starts the model servers, runs all tasks
 * in one pack against them, stops the servers.
 *
 * @throws UserError for what keeps it from beginning; what is our own bug.
 */
export async function runElement(options: RunElementOptions): Promise<ElementEnd> {
  const {job, recorder, caller, stop} = options;
  const {layout, submission} = job;
  limitHeapGrowth();
  const prepared = await prepareElement(layout, submission.grid_id, job.tasks);
  if (!prepared || prepared.open.length === 0)
    return {...elementEnd('done', 0), questions: recordedQuestions(prepared)};
  const questions = recordedQuestions(prepared);
  await recorder.update({questions});
  const held = await waitForLeases({
    tasks: prepared.open.map(({task}) => task),
    layout,
    clock: caller.clock,
    isEarlierAttempt: ({slurm_array_job_id: id, slurm_array_task_id: element}) =>
      id === job.arrayJobId && element === String(job.element),
    patienceMs: LEASE_PATIENCE_MS,
    signal: stop.requested,
    onNews: caller.onNotice,
  });
  if (stop.cause) return {...elementEnd(toElementCause(stop.cause), 1), questions};
  if (held.size === prepared.open.length) {
    const [first] = held.values();
    return {
      ...elementEnd('lease-held', 1, first && `another executor has its tasks: ${describeHolder(first)}`),
      questions,
    };
  }
  return await serveAndRun(options, prepared);
}

async function serveAndRun(options: RunElementOptions, prepared: PreparedElement): Promise<ElementEnd> {
  const {job, recorder, stop, caller} = options;
  const {layout, submission} = job;
  const questions = recordedQuestions(prepared);
  const killsBefore = countOomKills();
  let servers: ModelServers | null = null;
  let services: RunningServices | null | undefined;
  try {
    services = await startElementServices(options, prepared);
    if (services === null)
      return {...elementEnd(stop.cause ? toElementCause(stop.cause) : 'server-failed', 1), questions};
    servers = createElementServers(options, prepared);
    const isReady = servers ? await servers.start() : true;
    await recorder.update({servers: describeServers(servers)});
    if (!isReady) return {...elementEnd(stop.cause ? toElementCause(stop.cause) : 'server-failed', 1), questions};
    const result = await runPack(options, prepared, {servers, trialEnv: services?.env});
    await servers?.stop();
    await services?.stop();
    // First: where a run is told to be done, its files are there.
    await projectSets({layout, trialPlans: prepared.trialPlans, gridIds: [submission.grid_id]}, caller);
    await finishGridRun(layout, submission.grid_id, caller.clock.now());
    return summarizePack(result, {
      prepared,
      gaveUp: servers?.gaveUp ?? null,
      memoryKills: countOomKillsSince(killsBefore),
    });
  } catch (error) {
    if (!(error instanceof UserError) || !SERVER_CODES.has(error.code)) throw error;
    caller.onNotice(error.message);
    if (error.hint !== undefined) caller.onNotice(`  → ${error.hint}`);
    return {...classifyServerFailure(error.message, countOomKillsSince(killsBefore)), questions};
  } finally {
    await servers?.stop();
    await services?.stop();
    await recorder.update({servers: describeServers(servers)}).catch(() => undefined);
  }
}

function createElementServers({job, caller, stop}: RunElementOptions, {open}: PreparedElement): ModelServers | null {
  const {layout, submission, arrayJobId, element, profile} = job;
  return createServers(
    {
      definitions: open.flatMap(({task}) => listTaskModels(task)),
      profile,
      hooks: jobServerHooks(profile),
      logPrefix: `${arrayJobId}_${element}.server-`,
      logFolder: layout.slurm(submission.grid_id).logs,
      cwd: submission.workspace,
      onNews: text => caller.onNotice(`server   ${text}`),
    },
    {caller, stop},
  );
}

/** Starts what runs beside the trials of an element. */
async function startElementServices(
  {job, caller, stop}: RunElementOptions,
  {trialPlans}: PreparedElement,
): Promise<RunningServices | null | undefined> {
  const {layout, submission, arrayJobId, element, profile} = job;
  return await startTrialServices(
    {
      trialPlans,
      profile,
      isJob: true,
      logFolder: layout.slurm(submission.grid_id).logs,
      logPrefix: `${arrayJobId}_${element}.`,
      cwd: submission.workspace,
      onNews: text => caller.onNotice(`service  ${text}`),
    },
    {caller, stop},
  );
}

async function runPack(
  {job, stop, caller, watch}: RunElementOptions,
  {open, trialPlans}: PreparedElement,
  {servers, trialEnv}: {readonly servers: ModelServers | null; readonly trialEnv: RunningServices['env'] | undefined},
): Promise<PackResult> {
  const watcher = watch();
  const tasks = open.map(({task}) => task);
  const guards = readSubmittedGuards(job.submission.guards);
  const pack = assemblePack(
    {
      tasks,
      layout: job.layout,
      maxParallelTasks: limitTrials({trialPlans, tasks}).limit,
      failFast: trialPlans.some(({policy}) => policy.failFast),
      guards,
      failures: new FailureBudget(resolveFailAfter(guards, tasks)),
      graceMs: cause => computeGraceMs(cause, job.profile.signal_lead_seconds ?? 120),
      servers,
      trialEnv,
      watcher,
    },
    {caller, stop},
  );
  watcher.watch(pack);
  try {
    return await pack.run();
  } finally {
    watcher.close();
  }
}

function computeGraceMs(cause: StopCause | null, leadSeconds: number): number {
  if (cause?.kind !== 'signal' || cause.signal !== 'SIGUSR2') return TERM_GRACE_MS;
  return Math.max(5, leadSeconds - RESERVE_SECONDS) * 1000;
}

function summarizePack(
  {outcomes, stopped}: PackResult,
  {prepared, gaveUp, memoryKills}: {prepared: PreparedElement; gaveUp: string | null; memoryKills: number},
): ElementEnd {
  const questions = countQuestions(outcomes, prepared);
  const left = outcomes.filter(({outcome}) => outcome.kind !== 'done');
  if (left.length === 0) return {...elementEnd('done', 0), questions};
  if (stopped) {
    const detail = stopped.kind === 'signal' ? undefined : stopped.message;
    return {...elementEnd(toElementCause(stopped), 1, detail), questions};
  }
  if (gaveUp !== null) return {...classifyServerFailure(gaveUp, memoryKills), questions};
  const [first] = left;
  const {outcome} = first ?? {};
  const reason = outcome && 'reason' in outcome ? outcome.reason : undefined;
  const detail =
    first && reason !== undefined ? describeDetail(first.task.label, first.outcome.kind, reason) : undefined;
  const isHeld = left.every(
    each => each.outcome.kind === 'refused' && each.outcome.reason.startsWith('another executor'),
  );
  return {...elementEnd(isHeld ? 'lease-held' : 'questions-left', 1, detail), questions};
}

/**
 * Describes why work is left. The reason for which a task was stopped holds for others as well, and elements with the
 * same failure signature are found by it: it does not name the task.
 */
function describeDetail(label: TaskLabel, kind: TaskOutcome['kind'], reason: string): string {
  return kind === 'stopped' ? reason : `${describeTask(label)}: ${reason}`;
}

function countQuestions(
  outcomes: PackResult['outcomes'],
  {open, finishedQuestions}: PreparedElement,
): {done: number; total: number} {
  const before = new Map(open.map(({task, done}) => [task, done]));
  let done = finishedQuestions;
  let total = finishedQuestions;
  for (const {task, outcome} of outcomes) {
    const left = 'left' in outcome ? outcome.left : task.expectedQuestions;
    total += task.expectedQuestions;
    done +=
      outcome.kind === 'done' ? task.expectedQuestions : Math.max(before.get(task) ?? 0, task.expectedQuestions - left);
  }
  return {done, total};
}

function recordedQuestions(prepared: PreparedElement | null): {done: number; total: number} {
  if (!prepared) return {done: 0, total: 0};
  const {open, finishedQuestions} = prepared;
  return {
    done: open.reduce((sum, {done}) => sum + done, finishedQuestions),
    total: open.reduce((sum, {task}) => sum + task.expectedQuestions, finishedQuestions),
  };
}

function elementEnd(cause: ElementCause, exitCode: ExitCode, detail?: string): Omit<ElementEnd, 'questions'> {
  return {cause, exit_code: exitCode, ...(detail === undefined ? {} : {detail})};
}

function toElementCause(cause: StopCause): ElementCause {
  if (cause.kind === 'cannot-write') return 'cannot-write';
  if (cause.kind === 'service-died') return 'server-failed';
  if (cause.kind === 'fail-fast' || cause.kind === 'fail-after') return 'questions-left';
  return cause.signal === 'SIGUSR2' ? 'time-limit' : 'preempted-or-cancelled';
}

const GPU_ADVICE = 'lower gpu_memory_utilization or max_model_len, or take more GPUs';

function classifyServerFailure(text: string, memoryKills: number): Omit<ElementEnd, 'questions'> {
  if (memoryKills === 0 && mentionsGpuOutOfMemory(text))
    return elementEnd('out-of-gpu-memory', 1, `${GPU_ADVICE}: ${text}`);
  if (memoryKills > 0 || mentionsOutOfMemory(text)) return elementEnd('out-of-memory', 1, text);
  return elementEnd(
    'server-failed',
    1,
    mentionsSigkill(text) ? `killed by SIGKILL; perhaps out of memory: ${text}` : text,
  );
}

function countOomKillsSince(before: number | null): number {
  return before === null ? 0 : Math.max(0, (countOomKills() ?? 0) - before);
}

function describeServers(servers: ModelServers | null): ElementAttempt['servers'] {
  return (servers?.status() ?? []).map(({readySeconds, ...status}) => ({
    ...status,
    ready_seconds: readySeconds === null ? null : Math.round(readySeconds * 10) / 10,
  }));
}

/** Returns the cause of an error that kept the element from running. */
export function classifyError(error: unknown): Pick<ElementAttempt, 'cause' | 'detail' | 'exit_code'> {
  if (!(error instanceof UserError)) {
    const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return {cause: 'bug', detail, exit_code: 70};
  }
  const detail = error.hint === undefined ? errorMessage(error) : `${error.message} (${error.hint})`;
  const isDisk = error.code === 'cannot-write';
  return {cause: isDisk ? 'cannot-write' : 'questions-left', detail, exit_code: isDisk ? 1 : 2};
}
