import {UserError} from '../../core/errors.ts';
import type {EarlierAttempt, PackTask} from '../../execute/pack-task.ts';
import type {Plan} from '../../plan/plan.ts';
import type {QuestionFiles} from '../../questions/question-files.ts';
import type {LeftOutTask, PlannedTask} from '../../record/grid/project-manifest.ts';
import type {GridRun} from '../../record/grid/run-file.ts';
import {packConversations} from '../../slurm/submit/pack-conversations.ts';
import type {PackBatch} from '../../slurm/submit/plan-arrays.ts';

/** The tasks of one repetition of a file, as runs need them, whatever they are. */
export interface PlannedTasks {
  readonly makes: 'conversations' | 'trials';
  readonly size: number;
  /** Returns a task as grid manifests list it. */
  readonly describe: (index: number, options?: {readonly isInvalid?: boolean}) => PlannedTask;
  /** Returns a task as the executor takes it. @param earlier where an older record left it, for conversations. */
  readonly take: (run: GridRun, index: number, earlier?: EarlierAttempt | null) => PackTask;
  /** Counts the units of a task: questions, `limit` at most, or one trial. 0 where it cannot be told. */
  readonly countUnits: (index: number, limit: number | null) => number;
  /** Returns how its tasks are sorted into jobs. @param grouping name of an array mode, for trials. */
  readonly pack: (options: {readonly limit?: number | undefined; readonly grouping?: string | undefined}) => PackBatch;
  /** Lists values of its configs in which keys of environments may be named. */
  readonly listValues: () => readonly unknown[];
}

/** Lists what a run of some trials leaves out of their plan; nothing for conversations, whose tasks stand alone. */
export function describeLeftOut(tasks: PlannedTasks, indices: readonly number[]): LeftOutTask[] {
  if (tasks.makes === 'conversations' || indices.length === tasks.size) return [];
  const own = new Set(indices);
  const others = [...new Array<undefined>(tasks.size).keys()].filter(index => !own.has(index));
  return others.map(index => {
    const {experiment_name, benchmark_subcategory, task_key} = tasks.describe(index);
    return {experiment_name, benchmark_subcategory, task_key};
  });
}

/** Returns the tasks of a plan of conversations. @param files have read those of the tasks that are asked for. */
export function planConversations(plan: Plan, files: QuestionFiles): PlannedTasks {
  return {
    makes: 'conversations',
    size: plan.size,
    describe: (index, {isInvalid = false} = {}) => ({
      task_id: index,
      ...plannedNames(plan, index),
      grid_sweep_specs: plan.sweepSpecsAt(index),
      skip_cleanup: !isInvalid && sharesServersWithNext(plan, index),
      task_key: isInvalid ? '' : plan.taskAt(index).key,
    }),
    take: (run, index, earlier = null) => packTask(run, {plan, files}, index, earlier),
    countUnits: (index, limit) => countExpectedQuestions(plan, index, files, limit),
    pack: ({limit}) => packConversations(plan, file => Math.min(files.require(file).questions, limit ?? Infinity)),
    listValues: () => [...(plan.size > 0 ? [plan.rawAt(0)] : []), ...plan.axes.flatMap(({values}) => values)],
  };
}

/** Returns whether the next task needs the same vLLM models: the older system's hint to keep an engine. */
function sharesServersWithNext(plan: Plan, index: number): boolean {
  if (index + 1 >= plan.size) return false;
  const own = vllmModels(plan.rawAt(index));
  return own !== '' && own === vllmModels(plan.rawAt(index + 1));
}

function vllmModels(raw: unknown): string {
  const models =
    (raw as {model_definitions?: Record<string, {backend?: string; model_path?: string} | null> | null})
      .model_definitions ?? {};
  const paths = Object.values(models).flatMap(model => (model?.backend === 'vllm' ? [model.model_path ?? ''] : []));
  return [...new Set(paths)].sort().join('\n');
}

function packTask(
  run: GridRun,
  {plan, files}: {readonly plan: Plan; readonly files: QuestionFiles},
  index: number,
  earlier: EarlierAttempt | null,
): PackTask {
  const {experiment_name: experiment, benchmark_subcategory: benchmark} = plannedNames(plan, index);
  const limit = run.question_limit ?? null;
  return {
    kind: 'conversations',
    label: {gridId: run.grid_id, index, experiment, benchmark, units: 'questions'},
    gridId: run.grid_id,
    index,
    jobTaskId: `${process.pid}_${index}`,
    load: () => ({...plan.taskAt(index), repetition: run.repetition}),
    earlier,
    gridSnapshotReference: run.grid_config_snapshot_path,
    questionLimit: limit,
    expectedQuestions: countExpectedQuestions(plan, index, files, limit),
  };
}

function plannedNames(plan: Plan, index: number): {experiment_name: string; benchmark_subcategory: string} {
  const {experiment_metadata: metadata} = plan.rawAt(index) as {
    experiment_metadata?: {experiment_name?: unknown; benchmark_subcategory?: unknown};
  };
  return {
    experiment_name: String(metadata?.experiment_name),
    benchmark_subcategory: String(metadata?.benchmark_subcategory),
  };
}

function countExpectedQuestions(plan: Plan, index: number, files: QuestionFiles, limit: number | null): number {
  const raw = plan.rawAt(index) as {experiment_metadata?: {questions_file?: unknown}};
  const file = files.get(String(raw.experiment_metadata?.questions_file));
  return file instanceof UserError ? 0 : Math.min(file.questions, limit ?? Infinity);
}
