import type {Environment} from '../../config/workspace.ts';
import {UserError} from '../../core/errors.ts';
import {seededRandom} from '../../core/seeds/random.ts';
import {checkServerCommand} from '../../execute/model-server/fill-placeholders.ts';
import type {Layout} from '../../record/layout.ts';
import type {Lease} from '../../record/lease/lease.ts';
import {askCluster, type ClusterAnswer} from '../../slurm/cluster/ask-cluster.ts';
import {createSlurmClient, type RunSlurm} from '../../slurm/cluster/client.ts';
import {clusterLimits, type ClusterLimits} from '../../slurm/cluster/cluster-limits.ts';
import {readProfile} from '../../slurm/profile/read-profile.ts';
import type {ClusterProfile} from '../../slurm/profile/profile-schema.ts';
import type {SubmitContext} from '../../slurm/submit/submit-arrays.ts';
import type {Caller} from '../caller.ts';
import {profileOverrides, type ProfileOptions} from '../../slurm/profile/profile-flags.ts';

/** Slurm as a command uses it, and what the cluster said of itself. */
export interface Cluster {
  readonly run: RunSlurm;
  readonly limitsFor: (profile: ClusterProfile) => ClusterLimits;
}

/**
 * Finds Slurm and asks the cluster for its limits; a cluster that does not answer now is no reason not to go on.
 *
 * @throws UserError `slurm-missing` when there is no sbatch on this machine.
 */
export async function findCluster(caller: Caller): Promise<Cluster> {
  const run = createSlurmClient(caller.env);
  // Also where scontrol is there: some machines have a part of Slurm.
  await run('sbatch', ['--version']);
  const answer: ClusterAnswer = await askCluster(run);
  if (answer.kind === 'unavailable') {
    caller.onNotice(`warning: the cluster cannot be asked for its limits: ${answer.reason}`);
  }
  const facts = answer.kind === 'known' ? answer.facts : undefined;
  return {run, limitsFor: profile => clusterLimits(profile, facts)};
}

/**
 * Reads the profile that flags ask for.
 *
 * @param base what they are laid over where they name no profile; `default`: the user's profile of that name, if there
 * is one.
 * @throws UserError, ConfigError as `readProfile`; `server-command-invalid`.
 */
export async function readProfileOptions(
  options: ProfileOptions,
  {workspace}: Pick<Environment, 'workspace'>,
  caller: Caller,
  base?: ClusterProfile | 'default',
): Promise<ClusterProfile> {
  const below = base === 'default' ? {useDefault: true} : {base};
  const overrides = profileOverrides(options);
  const profile = await readProfile({
    ...below,
    selector: options.profile,
    overrides,
    workspace,
    cwd: caller.cwd,
    env: caller.env,
  });
  if (profile.server_command !== undefined) checkServerCommand(profile.server_command);
  return profile;
}

/** Time for which a controller that does not answer is asked again; half of them are back within a minute. */
const PATIENCE_SECONDS = 120;

/**
 * Returns what `submitArrays` needs besides the submission.
 *
 * @throws UserError `request-invalid` for MAC_SLURM_PATIENCE_SECONDS.
 */
export function submitContext(layout: Layout, run: RunSlurm, lease: Lease, caller: Caller): SubmitContext {
  return {
    layout,
    run,
    lease,
    clock: caller.clock,
    random: seededRandom(`${process.pid}/${caller.clock.now()}`),
    patienceMs: patienceMs(caller.env),
    onNote: caller.onNotice,
  };
}

/** Returns for how long Slurm is asked again. @throws UserError `request-invalid` for MAC_SLURM_PATIENCE_SECONDS. */
export function patienceMs(env: Caller['env']): number {
  const text = env['MAC_SLURM_PATIENCE_SECONDS'];
  if (text === undefined || text === '') return PATIENCE_SECONDS * 1000;
  if (/^\d{1,6}$/.test(text)) return Number(text) * 1000;
  throw new UserError('request-invalid', `MAC_SLURM_PATIENCE_SECONDS is ${JSON.stringify(text)}`, {
    hint: 'a whole number of seconds is expected',
  });
}
