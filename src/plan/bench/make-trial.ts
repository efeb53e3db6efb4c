import type {Trial} from '../../core/trial.ts';
import type {WrittenOptimizeJob} from '../../optimize/job.ts';
import type {BenchJob} from './jobs.ts';
import {copyArguments} from './merge-arguments.ts';
import type {BenchMatrix} from './resolved-matrix.ts';

/** Seconds that a job has where nothing is written: in stub mode nothing waits for a model. */
const DEFAULT_TIMEOUT: Readonly<Record<BenchMatrix['mode'], number>> = {stub: 0, real: 600};

/** Folder of LLM4AD-style tasks where nothing is written, relative to the workspace. */
export const DEFAULT_ROOT = 'benchmarks/LLM4AD/benchmark_tasks';

/** Returns the trial of a job: it runs in a process of its own, in `{folder}/jobs/{id}`. */
export function makeTrial(
  matrix: BenchMatrix,
  job: BenchJob,
  {folder, limit}: {readonly folder: string; readonly limit: number | null},
): Trial {
  const {id, suite, task, trainer, variant, seed, config} = job;
  const output_dir = `${folder}/jobs/${id}`;
  const timeout = matrix.job_timeout ?? DEFAULT_TIMEOUT[matrix.mode];
  return {
    id,
    labels: {suite, task: task.id, trainer: trainer.id, variant, seed},
    seed,
    config: {...config},
    runner: {kind: 'optimize', job: {...describeJob(matrix, job, limit)}},
    evaluators: [],
    output_dir,
    cwd: '.',
    environment: describeEnvironment(matrix),
    timeout_seconds: timeout === 0 ? null : timeout,
    resources: {gpus: 0},
    code: null,
    details: {log_path: `${output_dir}/stdout.log`},
  };
}

/** Variables that programs of the user's read: of the mode (Trace-Bench's name), and of a model for DSPy alone. */
function describeEnvironment({mode, llm: {dspy_model}}: BenchMatrix): Record<string, string> {
  return {TRACE_BENCH_MODE: mode, ...(dspy_model === undefined ? {} : {MAC_DSPY_MODEL: dspy_model})};
}

function describeJob(
  {mode, llm, root}: BenchMatrix,
  {task, trainer, seed, resolved}: BenchJob,
  limit: number | null,
): WrittenOptimizeJob {
  const {optimizer_kwargs, ...others} = resolved;
  const commands = {
    ...(task.command ? {task: [...task.command]} : {}),
    ...(trainer.command ? {trainer: [...trainer.command]} : {}),
  };
  return {
    task: task.id,
    trainer: trainer.id,
    ...others,
    optimizer_kwargs: copyArguments(optimizer_kwargs),
    logger: trainer.logger ?? null,
    logger_kwargs: trainer.logger_kwargs ?? {},
    mode,
    llm: describeLlm(llm),
    seed,
    limit,
    tasks_root: root ?? DEFAULT_ROOT,
    commands,
  };
}

/** Describes the model; where no provider is named, it is OpenAI, or a server that speaks its protocol. */
function describeLlm({provider, model, base_url, api_key_env}: BenchMatrix['llm']): WrittenOptimizeJob['llm'] {
  if (provider === undefined && model === undefined && base_url === undefined) return null;
  return {
    provider: provider ?? 'openai',
    model: model ?? null,
    base_url: base_url ?? null,
    api_key_env: api_key_env ?? null,
  };
}
