import type {OptimizeJob} from '../job.ts';
import {
  externalTrainer,
  findTask,
  findTrainer,
  normalizeTaskId,
  resolveGuide,
  resolveLogger,
  resolveOptimizer,
  resolveParameters,
  type ResolvedPart,
} from '../registry.ts';
import type {TrainerEntry} from '../catalog/trainers.ts';
import type {Mapping} from '../../core/mapping.ts';
import {JobError} from './open-parts.ts';

/** A job with every name looked up. */
export interface JobPlan {
  readonly trainer: TrainerEntry;
  readonly trainerKwargs: Mapping;
  readonly taskId: string;
  readonly taskSource: 'native' | 'external';
  readonly optimizer: ResolvedPart;
  readonly guide: ResolvedPart;
  readonly logger: ResolvedPart;
  /** The reason why the job cannot be done here; null where it can. */
  readonly unavailable: string | null;
}

/** Looks up the names of a job. @throws JobError for one that does not exist, and for wrong arguments. */
export function planJob(job: OptimizeJob): JobPlan {
  const trainer = job.commands.trainer ? externalTrainer(job.trainer) : findTrainer(job.trainer);
  if (!trainer) throw new JobError(`there is no trainer ${job.trainer} (mac bench list-trainers --all)`);
  const {resolved, unknown, wrong} = resolveParameters(trainer, job.trainer_kwargs);
  if (unknown.length > 0) throw new JobError(`unknown trainer kwarg ${unknown.join(', ')} of ${trainer.id}`);
  const [bad] = wrong;
  if (bad) throw new JobError(`${bad.name} of ${trainer.id} is ${JSON.stringify(bad.found)}; expected ${bad.expected}`);
  const task = job.commands.task ? undefined : findTask(job.task);
  if (!job.commands.task && !task) throw new JobError(`there is no task ${job.task} (mac bench list-tasks)`);
  const reasons = [trainer, ...(task ? [task] : [])].flatMap(({availability}) =>
    availability.available ? [] : [availability.reason],
  );
  return {
    trainer,
    trainerKwargs: resolved,
    taskId: job.commands.task ? job.task : normalizeTaskId(job.task),
    taskSource: job.commands.task || task?.suite === 'llm4ad' ? 'external' : 'native',
    optimizer: requirePart('optimizer', job.optimizer, resolveOptimizer(job.optimizer, job.mode)),
    guide: requirePart('guide', job.guide, resolveGuide(job.guide)),
    logger: requirePart('logger', job.logger, resolveLogger(job.logger)),
    unavailable: reasons[0] ?? null,
  };
}

function requirePart(what: string, name: string | null, part: ResolvedPart | undefined): ResolvedPart {
  if (!part) throw new JobError(`${what} not found: ${name ?? ''}`);
  return part;
}
