import type {TrialTask} from '../../execute/pack-task.ts';
import type {PlannedTrial, TrialPlan} from '../../plan/trial-plan.ts';
import type {PlannedTask} from '../../record/grid/project-manifest.ts';
import {type GridRun, submittedAt} from '../../record/grid/run-file.ts';
import {packTrials} from '../../slurm/submit/pack-trials.ts';
import type {PlannedTasks} from './planned-tasks.ts';

/** Returns the tasks of a plan of trials. */
export function planTrials(plan: TrialPlan): PlannedTasks {
  return {
    makes: 'trials',
    size: plan.size,
    describe: index => describeTrial(plan, index),
    take: (run, index) => takeTrial(plan, run, index),
    countUnits: () => 1,
    pack: ({grouping}) => packTrials(plan, grouping),
    listValues: () => plan.trials.map(({trial: {config, runner, details}}) => ({config, runner, details})),
  };
}

function describeTrial(plan: TrialPlan, index: number): PlannedTask {
  const {trial, key} = requireTrial(plan, index);
  return {
    task_id: index,
    ...trialNames(plan, index),
    grid_sweep_specs: trial.labels,
    skip_cleanup: false,
    task_key: key,
  };
}

function takeTrial(plan: TrialPlan, run: GridRun, index: number): TrialTask {
  const {experiment_name: experiment, benchmark_subcategory: benchmark} = trialNames(plan, index);
  return {
    kind: 'trial',
    label: {gridId: run.grid_id, index, experiment, benchmark, units: 'trials'},
    gridId: run.grid_id,
    index,
    planned: requireTrial(plan, index),
    set: plan.set,
    submittedAtMs: submittedAt(run),
    limit: run.question_limit ?? null,
    isForced: run.forced === true,
    expectedQuestions: 1,
  };
}

/** Returns the two names under which a trial is listed among tasks: its own, and that of its set. */
function trialNames(plan: TrialPlan, index: number): {experiment_name: string; benchmark_subcategory: string} {
  const {set} = plan;
  return {
    experiment_name: requireTrial(plan, index).trial.id,
    benchmark_subcategory: `${set.kind}/${set.id}`,
  };
}

function requireTrial({trials, set}: TrialPlan, index: number): PlannedTrial {
  const planned = trials[index];
  if (!planned) throw new Error(`Internal error: ${set.kind} ${set.id} has no trial ${index}`);
  return planned;
}
