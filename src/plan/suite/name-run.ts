import {gitTag, type SuiteDescription} from '../../suite/suite-description.ts';

/** Returns the name of a run: `YYYYMMDD_HHMMSS_{commit}`, in UTC. */
export function nameSuiteRun(suite: Pick<SuiteDescription, 'git'>, submittedAtMs: number): string {
  const [date = '', time = ''] = new Date(submittedAtMs).toISOString().split('T');
  return `${date.replaceAll('-', '')}_${time.slice(0, 8).replaceAll(':', '')}_${gitTag(suite)}`;
}
