import {escapeInvisible} from '../../core/text/visible.ts';
import type {TrialPlan} from '../../plan/trial-plan.ts';

/** The end of one case, as the runner of a suite says it. */
export interface CaseEnd {
  readonly variant: string;
  /** Absent when it succeeded. */
  readonly reason?: string | undefined;
  /** The end of what it printed, shown when it failed. */
  readonly tail?: readonly string[] | undefined;
}

/** Returns the line of a case that has ended, `[OK] variant` or `[FAILED] variant: reason`, and its last output. */
export function renderCaseEnd({variant, reason, tail = []}: CaseEnd): string {
  if (reason === undefined) return `[OK] ${variant}\n`;
  return escapeInvisible([`[FAILED] ${variant}: ${reason}`, ...tail.map(line => `    ${line}`), ''].join('\n'));
}

/** Returns the cases of a suite and where each would write; nothing is written. */
export function renderSuiteDryRun({trials, set, details}: TrialPlan, toRun: readonly number[]): string {
  const run = new Set(toRun);
  const isInspect = details['mode'] === 'inspect';
  const lines = trials.map(({index, trial}) => {
    const place = isInspect ? `${set.folder}/*_${String(details['tag'])}_${trial.id}_*.eval` : trial.output_dir;
    return `  ${trial.id}  ${place}${run.has(index) ? '' : '  (not to run)'}`;
  });
  const title = `${String(details['name'])}: ${trials.length} cases, ${toRun.length} to run`;
  return `${title}\n${lines.join('\n')}\ndry run: nothing was written\n`;
}
