import {readProfile} from '../../src/slurm/profile/read-profile.ts';
import type {ProfileOverrides} from '../../src/slurm/profile/profile-problems.ts';
import type {ClusterProfile} from '../../src/slurm/profile/profile-schema.ts';
import type {JobFacts} from '../../src/slurm/submit/render-script.ts';

/** A profile of defaults with these keys. */
export async function aProfile(keys: ProfileOverrides = {}): Promise<ClusterProfile> {
  return await readProfile({workspace: '/', cwd: '/', env: {}, overrides: keys});
}

/** Makes the facts that the jobs of a submission share, with parts replaced. */
export function jobFacts(changes: Partial<JobFacts> = {}): JobFacts {
  return {
    gridId: '20250102T030405.678Z_7',
    submission: 1,
    token: 'abcd1234',
    workspace: '/w',
    logs: '/w/bookkeeping/slurm/20250102T030405.678Z_7/logs',
    submissionFile: '/w/bookkeeping/slurm/20250102T030405.678Z_7/submission_1.json',
    codePath: '/w/bookkeeping/slurm/code/ff',
    nodePath: '/usr/bin/node',
    macVersion: '0.1.0',
    environment: {},
    ...changes,
  };
}
