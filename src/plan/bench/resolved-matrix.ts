import type {Mapping} from '../../core/mapping.ts';
import type {BenchLlm, BenchMode} from './bench-matrix.ts';
import type {Arguments} from './merge-arguments.ts';

/** A task of a matrix, by its whole id. */
export interface BenchTask {
  readonly id: string;
  readonly eval_kwargs: Mapping;
  readonly command?: readonly string[];
  /** Hash of the files that the command names. */
  readonly code?: string;
}

/** A trainer of a matrix. Its variants have everything that the trainer's entry says beside them. */
export interface BenchTrainer {
  readonly id: string;
  readonly params_variants: readonly Mapping[];
  readonly eval_kwargs?: Mapping;
  readonly optimizer?: string;
  readonly optimizer_kwargs?: Arguments;
  readonly guide?: string;
  readonly guide_kwargs?: Mapping;
  readonly logger?: string;
  readonly logger_kwargs?: Mapping;
  readonly command?: readonly string[];
  /** Hash of the files that the command names. */
  readonly code?: string;
}

/** A matrix with its defaults: what `meta/config.snapshot.yaml` holds. Reading it again gives the same. */
export interface BenchMatrix {
  readonly run_id?: string;
  readonly runs_dir: string;
  readonly root?: string;
  readonly mode: BenchMode;
  readonly seeds: readonly number[];
  readonly max_workers: number;
  readonly fail_fast: boolean;
  readonly resume: 'auto' | 'failed' | 'none';
  readonly job_timeout?: number;
  readonly eval_kwargs: Mapping;
  readonly optimizer_kwargs?: Arguments;
  readonly trainer_kwargs: Mapping;
  readonly llm: BenchLlm;
  readonly tags: readonly string[];
  readonly tasks: readonly BenchTask[];
  readonly trainers: readonly BenchTrainer[];
}
