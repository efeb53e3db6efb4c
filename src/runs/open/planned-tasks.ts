import {UserError} from '../../core/errors.ts';
import type {PackTask} from '../../execute/pack-task.ts';
import type {Plan} from '../../plan/plan.ts';
import type {QuestionFiles} from '../../questions/question-files.ts';
import type {PlannedTask} from '../../record/grid/project-manifest.ts';
import type {GridRun} from '../../record/grid/run-file.ts';

/** Returns a task as grid manifests list it. */
export function plannedTask(plan: Plan, index: number, isInvalid = false): PlannedTask {
  return {
    task_id: index,
    ...plannedNames(plan, index),
    grid_sweep_specs: plan.sweepSpecsAt(index),
    skip_cleanup: !isInvalid && sharesServersWithNext(plan, index),
    task_key: isInvalid ? '' : plan.taskAt(index).key,
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

/** Returns one task of a grid run as the executor takes it. */
export function packTask(
  run: GridRun,
  {plan, files}: {readonly plan: Plan; readonly files: QuestionFiles},
  index: number,
  earlier: PackTask['earlier'] = null,
): PackTask {
  const {experiment_name: experiment, benchmark_subcategory: benchmark} = plannedNames(plan, index);
  const limit = run.question_limit ?? null;
  return {
    label: {gridId: run.grid_id, index, experiment, benchmark},
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

/** Returns how many questions a task asks; 0 where its question file cannot be used. */
export function countExpectedQuestions(plan: Plan, index: number, files: QuestionFiles, limit: number | null): number {
  const raw = plan.rawAt(index) as {experiment_metadata?: {questions_file?: unknown}};
  const file = files.get(String(raw.experiment_metadata?.questions_file));
  return file instanceof UserError ? 0 : Math.min(file.questions, limit ?? Infinity);
}
