import type {BenchDetails} from '../../plan/bench/details.ts';
import type {JobRow} from './job-row.ts';
import type {JobState} from './job-state.ts';

/** Counts the jobs of a run by how they stand, and the tokens that they used. */
export function summarizeRun(
  {run_id, config_hash, matrix}: BenchDetails,
  states: readonly JobState[],
  rows: readonly JobRow[],
): object {
  const count = (status: JobState['status']): number => states.filter(state => state.status === status).length;
  const sum = (column: 'prompt_tokens' | 'completion_tokens' | 'total_tokens'): number =>
    rows.reduce((total, row) => total + (row[column] ?? 0), 0);
  const started = count('started');
  const scopes = [...new Set(rows.map(({token_scope}) => token_scope).filter(scope => scope !== null))];
  return {
    run_id,
    config_hash,
    tags: matrix.tags,
    counts: {
      ok: count('ok'),
      failed: count('failed'),
      skipped: count('skipped'),
      not_executed: count('not_executed'),
      ...(started > 0 ? {started} : {}),
    },
    total_jobs: states.length,
    reused: states.filter(({isReused}) => isReused).length,
    token_scope: scopes.length === 1 ? scopes[0] : scopes.length === 0 ? null : 'mixed',
    token_totals: {
      prompt_tokens: sum('prompt_tokens'),
      completion_tokens: sum('completion_tokens'),
      total_tokens: sum('total_tokens'),
    },
  };
}
