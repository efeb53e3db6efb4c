import type {Clock} from '../../core/clock.ts';
import {parseTimestamp} from '../../record/disk/timestamps.ts';
import type {Layout} from '../../record/layout.ts';
import {raiseFence} from '../../record/lease/fence.ts';
import {decide} from '../../record/trial/decide.ts';
import {readTrialRecord, trialFileName, trialRecordPath, type TrialRecord} from '../../record/trial/trial-record.ts';
import type {StopSwitch} from '../guards/stop.ts';
import type {TrialTask} from '../pack-task.ts';
import type {Begun, Claim, Runner} from '../runner.ts';
import type {GpuSlots} from './gpu-slots.ts';
import {runTrial} from './run-trial.ts';
import {TrialWork} from './trial-work.ts';

export interface TrialRunnerOptions {
  readonly layout: Layout;
  readonly clock: Clock;
  readonly stop: Pick<StopSwitch, 'requested' | 'expired'>;
  /** Environment of the trials' processes, with what services added. */
  readonly trialEnv: Readonly<Record<string, string | undefined>>;
  readonly gpus: GpuSlots;
  readonly onWarning: (message: string) => void;
}

/** Begins tasks that are trials: each is one unit, in a process of its own. */
export class TrialRunner implements Runner<TrialTask> {
  readonly #options: TrialRunnerOptions;
  readonly #running = new Set<Promise<TrialRecord>>();

  constructor(options: TrialRunnerOptions) {
    this.#options = options;
  }

  prepare(_task: TrialTask): Promise<void> {
    return Promise.resolve();
  }

  /** Resolves when no trial runs: each ends when its run is stopped. Never rejects. */
  async idle(): Promise<void> {
    await Promise.allSettled(this.#running);
  }

  /** @throws UserError `cannot-read`, `cannot-write`, `lease-lost`. */
  async begin({task, lease, onEnded}: Claim<TrialTask>): Promise<Begun> {
    const {layout} = this.#options;
    const {set, planned} = task;
    const {trial} = planned;
    const fence = await raiseFence([layout.trialRecords(set.kind, set.id)], trialFileName(trial.id), lease.number);
    try {
      await lease.requireCurrent();
      // Under the lease: another run may have ended it since this one was planned.
      const earlier = await readTrialRecord(layout, set, trial.id);
      const isOwn = earlier?.grid_id === task.gridId;
      const later = earlier && describeLater(earlier, task);
      if (later !== undefined) this.#options.onWarning(later);
      const again = task.isForced && !isOwn;
      const isKept = later !== undefined || decide(earlier, planned, again ? 'none' : 'auto').kind === 'keep';
      const run = (): Promise<TrialRecord> => {
        const running = this.#run({task, lease, fence, earlier, again});
        this.#running.add(running);
        const forget = (): void => void this.#running.delete(running);
        running.then(forget, forget);
        return running;
      };
      const recordPath = trialRecordPath(layout, set, trial.id);
      const shown = layout.display(recordPath);
      return {
        work: new TrialWork({id: trial.id, isKept, run, fence, recordPath, onEnded}),
        names: {
          task_key: planned.key,
          experiment_name: trial.id,
          benchmark_subcategory: `${set.kind}/${set.id}`,
          config_snapshot_path: shown,
          manifest_path: shown,
        },
      };
    } catch (error) {
      await fence.lower();
      throw error;
    }
  }

  async #run({
    task,
    lease,
    fence,
    earlier,
    again,
  }: Pick<Claim<TrialTask>, 'task' | 'lease'> & {
    fence: Awaited<ReturnType<typeof raiseFence>>;
    earlier: TrialRecord | undefined;
    again: boolean;
  }): Promise<TrialRecord> {
    const {layout, clock, stop, trialEnv, gpus} = this.#options;
    return await runTrial({
      planned: task.planned,
      set: task.set,
      gridId: task.gridId,
      taskIndex: task.index,
      limit: task.limit,
      layout,
      clock,
      env: trialEnv,
      gpus,
      attempt: lease.number,
      where: lease.holder,
      requireCurrent: () => lease.requireCurrent(),
      lost: lease.lost,
      earlier,
      again,
      fence,
      stop,
    });
  }
}

/** Says that a run that was begun later did a trial otherwise: it is not taken back. Undefined when none did. */
function describeLater(earlier: TrialRecord, {gridId, planned, submittedAtMs}: TrialTask): string | undefined {
  const startedAtMs = parseTimestamp(earlier.started_at) ?? 0;
  if (earlier.grid_id === gridId || earlier.task_key === planned.key || startedAtMs < submittedAtMs) return undefined;
  return `${planned.trial.id} was run since with other settings (${earlier.grid_id ?? ''}), and stays as it is now`;
}
