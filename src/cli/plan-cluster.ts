import {codeVersion} from '../core/version.ts';
import type {Plan} from '../plan/plan.ts';
import type {Layout} from '../record/layout.ts';
import {askCluster} from '../slurm/ask-cluster.ts';
import {createSlurmClient} from '../slurm/client.ts';
import {clusterLimits} from '../slurm/cluster-limits.ts';
import {planArrays, type ArrayPlan} from '../slurm/plan-arrays.ts';
import type {ClusterProfile} from '../slurm/profile.ts';
import type {CommandIo} from './io.ts';
import {validTask} from './plan-config.ts';
import type {ProfileOptions} from './profile-options.ts';
import {readProfileOptions} from './submit-context.ts';

/** What would be submitted, as `mac plan` shows it. */
export interface ClusterView {
  readonly profile: ClusterProfile;
  readonly arrays: ArrayPlan;
  /** Where the scripts of a submission go; grid, number and token are chosen when it is submitted. */
  readonly folder: string;
  /** How far the cluster had a say. */
  readonly asked: string;
}

/** Stands in scripts for what is only known when they are submitted. */
const NOT_YET = 'GRID';
const NO_TOKEN = 'xxxxxxxx';

/**
 * The arrays of one repetition of a plan.
 *
 * @throws UserError `profile-missing`, `gpus-exceed-node`, …; ConfigError `profile-invalid`.
 */
export async function planCluster(
  plan: Plan,
  {
    layout,
    options,
    io,
    questionCount,
  }: {
    readonly layout: Layout;
    readonly options: ProfileOptions;
    readonly io: CommandIo;
    readonly questionCount: (file: string) => number;
  },
): Promise<ClusterView> {
  const profile = await readProfileOptions(options, layout, io);
  const answer = await askCluster(createSlurmClient(io.env));
  const {folder, logs} = layout.slurm(NOT_YET);
  const arrays = planArrays({
    plan,
    batches: [{profile}],
    cluster: clusterLimits(profile, answer.kind === 'known' ? answer.facts : undefined),
    questionCount,
    validate: validTask,
    job: {
      gridId: NOT_YET,
      submission: 1,
      token: NO_TOKEN,
      workspace: layout.workspace,
      logs,
      submissionFile: layout.slurm(NOT_YET).submission(1),
      codePath: layout.slurmCode('CODE'),
      nodePath: process.execPath,
      macVersion: codeVersion(),
      environment: {MAC_FAIRNESS_WORKSPACE: layout.workspace},
    },
  });
  return {profile, arrays, folder, asked: describeAnswer(answer)};
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
