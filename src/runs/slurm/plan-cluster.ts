import {UserError} from '../../core/errors.ts';
import {codeVersion} from '../../core/version.ts';
import type {Layout} from '../../record/layout.ts';
import {askCluster} from '../../slurm/cluster/ask-cluster.ts';
import {createSlurmClient} from '../../slurm/cluster/client.ts';
import {clusterLimits, type ClusterLimits} from '../../slurm/cluster/cluster-limits.ts';
import {planArrays, type ArrayPlan, type PackBatch} from '../../slurm/submit/plan-arrays.ts';
import type {ClusterProfile} from '../../slurm/profile/profile-schema.ts';
import type {Caller} from '../caller.ts';
import {hasProfile, type ProfileOptions} from '../../slurm/profile/profile-flags.ts';
import {readProfileOptions} from './submit-context.ts';

/** The arrays that would be submitted, as `mac plan` shows them. */
export interface ClusterView {
  readonly profile: ClusterProfile;
  /** True when flags or a profile ask for a cluster; else plain Slurm is assumed. */
  readonly isAsked: boolean;
  /** Says why nobody knows how long jobs take; null where that is known. */
  readonly untimed: string | null;
  /** True where the times are the time-outs of trials, which are rarely reached. */
  readonly isBound?: boolean;
  readonly arrays: ArrayPlan;
  /** Folder of a submission's scripts; grid, number and token are chosen when it is submitted. */
  readonly folder: string;
  readonly workspace: string;
  /** Says in words whether the cluster was asked for its limits. */
  readonly asked: string;
}

/** Time for Slurm to answer when nobody asked for a cluster. */
const SHORT_PATIENCE_MS = 3_000;

/** Stands in scripts for what is only known when they are submitted. */
const PLACEHOLDER_GRID_ID = 'GRID';
const PLACEHOLDER_TOKEN = 'xxxxxxxx';

/**
 * Plans the arrays of one repetition of a plan.
 *
 * @throws UserError `profile-missing`, `gpus-exceed-node`, …; ConfigError `profile-invalid`.
 */
export async function planCluster(
  pack: PackBatch,
  {
    layout,
    options,
    caller,
  }: {
    readonly layout: Layout;
    readonly options: ProfileOptions;
    readonly caller: Caller;
  },
): Promise<Omit<ClusterView, 'untimed'>> {
  const profile = await readProfileOptions(options, layout, caller, 'default');
  const isAsked = hasProfile(options) || profile.name !== undefined;
  const answer = await askCluster(createSlurmClient(caller.env, isAsked ? undefined : SHORT_PATIENCE_MS));
  const {folder, logs} = layout.slurm(PLACEHOLDER_GRID_ID);
  const arraysWithin = (cluster: ClusterLimits): ArrayPlan =>
    planArrays({
      pack,
      batches: [{profile}],
      cluster,
      job: {
        gridId: PLACEHOLDER_GRID_ID,
        submission: 1,
        token: PLACEHOLDER_TOKEN,
        workspace: layout.workspace,
        logs,
        submissionFile: layout.slurm(PLACEHOLDER_GRID_ID).submission(1),
        codePath: layout.slurmCode('CODE'),
        nodePath: process.execPath,
        macVersion: codeVersion(),
        environment: {MAC_FAIRNESS_WORKSPACE: layout.workspace},
      },
    });
  const limits = clusterLimits(profile, answer.kind === 'known' ? answer.facts : undefined);
  const arrays = isAsked ? arraysWithin(limits) : planOrWarn(limits, profile, arraysWithin);
  return {profile, isAsked, arrays, folder, workspace: layout.workspace, asked: describeAnswer(answer)};
}

/**
 * Only warns of what the default partition cannot give where nobody asked for a cluster: the tasks may be meant for
 * this machine.
 */
function planOrWarn(
  limits: ClusterLimits,
  profile: ClusterProfile,
  arraysWithin: (cluster: ClusterLimits) => ArrayPlan,
): ArrayPlan {
  try {
    return arraysWithin(limits);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const arrays = arraysWithin(clusterLimits(profile));
    const message = `plain Slurm would refuse it: ${error.message}; another partition: --partition NAME`;
    return {...arrays, warnings: [...arrays.warnings, {code: 'refused-by-default', message}]};
  }
}

function describeAnswer(answer: Awaited<ReturnType<typeof askCluster>>): string {
  switch (answer.kind) {
    case 'known':
      return `asked the cluster ${answer.facts.name ?? ''} for its limits`;
    case 'missing':
      return 'no Slurm on this machine: limits of the cluster are not checked';
    case 'unavailable':
      return `the cluster cannot be asked for its limits: ${answer.reason}`;
  }
}
