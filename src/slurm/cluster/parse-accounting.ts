import {parseJobId} from './parse-queue.ts';
import {normalizeState} from './job-states.ts';

/** How a job or element ended (or stands), as accounting has it; it can lag seconds behind. */
export interface AccountingRow {
  readonly jobId: string;
  readonly element: number | null;
  readonly name: string;
  readonly state: string;
  /** `code:signal`. */
  readonly exitCode: string;
  readonly node: string;
}

/** The `-o` of `sacct -X -P -n`; the name last. */
export const SACCT_FORMAT = 'JobID,State,ExitCode,NodeList,JobName';

/**
 * The lines of sacct in our format. Of an element with several rows (requeues with `-D`) the last counts; callers fold
 * them in order.
 */
export function parseAccounting(stdout: string): AccountingRow[] {
  const rows: AccountingRow[] = [];
  for (const line of stdout.split('\n')) {
    const [id, state, exitCode = '', node = '', ...name] = line.trim().split('|');
    const which = id === undefined ? undefined : parseJobId(id);
    if (!which || state === undefined || name.length === 0 || which.elements === 'cut') continue;
    for (const element of which.elements) {
      rows.push({
        jobId: which.jobId,
        element,
        name: name.join('|'),
        state: normalizeState(state),
        exitCode,
        node: node === 'None assigned' ? '' : node,
      });
    }
  }
  return rows;
}

/**
 * Whether sacct says that the cluster keeps no accounts; that their keeper (slurmdbd) is away is another matter, and
 * passes.
 */
export function accountingIsOff(stderr: string): boolean {
  return /accounting storage is disabled/i.test(stderr);
}
