import type {Mapping} from '../../core/mapping.ts';
import type {Tokens} from '../model/chat.ts';

/** Numbers of a job; those that do not exist are left out. */
export interface JobMetrics {
  readonly score_val_initial?: number;
  readonly score_val_final?: number;
  readonly score_val?: number;
  readonly score_test?: number;
}

/** All that a job says of itself in `$MAC_RESULT_FILE`. What follows `tokens` is for `results.csv` and its like. */
export interface JobResult {
  readonly status: 'succeeded' | 'skipped' | 'failed';
  readonly reason?: string;
  readonly metrics: JobMetrics;
  readonly tokens?: Tokens;
  /** Of the first three examples that the best state was scored on, or why there is none. */
  readonly feedback: string;
  readonly resolved_trainer: string;
  /** `native`: ours; `external`: a command's, under its own name. */
  readonly trainer_source: 'native' | 'external';
  readonly task_source: 'native' | 'external';
  readonly resolved_trainer_kwargs: Mapping;
  readonly resolved_optimizer: string | null;
  readonly resolved_optimizer_kwargs: Mapping | readonly Mapping[];
  readonly resolved_guide: string | null;
  readonly resolved_guide_kwargs: Mapping;
  readonly resolved_logger: string | null;
  readonly resolved_logger_kwargs: Mapping;
  readonly eval_kwargs: Mapping;
  readonly llm_provider: string | null;
  readonly llm_model: string | null;
  readonly llm_base_url: string | null;
  /** Whose tokens are counted. */
  readonly token_scope: 'none' | 'proposer+task' | 'reported';
  /** Below the job's folder; null where there is none. */
  readonly initial_state_path: string | null;
  readonly best_state_path: string | null;
  readonly final_state_path: string | null;
  readonly state_history_path: string | null;
  readonly tb_logdir: string | null;
  /** Mean metrics of the best state, of tasks with several. */
  readonly scores: Mapping | null;
  readonly counts: Mapping;
  readonly notices: readonly string[];
  /** Of a training that failed. */
  readonly traceback: string | null;
}
