import {UserError} from '../../core/errors.ts';
import {summarizeFailure} from './ask-slurm.ts';
import type {RunSlurm} from './client.ts';
import {parseSinfo, SINFO_FORMAT, type Partition} from './parse-sinfo.ts';

/** A cluster's partitions and limits, as it reports them. */
export interface ClusterFacts {
  readonly name: string | undefined;
  readonly version: string | undefined;
  /** Upper bound (exclusive) of array indices. */
  readonly maxArraySize: number | undefined;
  readonly partitions: readonly Partition[];
}

export type ClusterAnswer =
  | {readonly kind: 'known'; readonly facts: ClusterFacts}
  /** True if Slurm is not installed on this machine. */
  | {readonly kind: 'missing'}
  | {readonly kind: 'unavailable'; readonly reason: string};

/** Asks the controller for its partitions and limits: `sinfo` and `scontrol show config`, once each. */
export async function askCluster(run: RunSlurm): Promise<ClusterAnswer> {
  try {
    const [nodes, config] = await Promise.all([
      run('sinfo', ['-h', '-o', SINFO_FORMAT]),
      run('scontrol', ['show', 'config']),
    ]);
    if (nodes.exitCode !== 0) return {kind: 'unavailable', reason: summarizeFailure(nodes, 'sinfo')};
    if (config.exitCode !== 0) return {kind: 'unavailable', reason: summarizeFailure(config, 'scontrol')};
    return {kind: 'known', facts: {...parseConfig(config.stdout), partitions: parseSinfo(nodes.stdout)}};
  } catch (error) {
    if (error instanceof UserError && error.code === 'slurm-missing') return {kind: 'missing'};
    throw error;
  }
}

/** Reads the lines of `scontrol show config` that we use. */
export function parseConfig(text: string): Omit<ClusterFacts, 'partitions'> {
  const value = (key: string): string | undefined => new RegExp(`^${key}\\s*= (.*)$`, 'm').exec(text)?.[1]?.trim();
  const size = Number(value('MaxArraySize'));
  return {
    name: value('ClusterName'),
    version: value('SLURM_VERSION'),
    maxArraySize: Number.isInteger(size) && size > 0 ? size : undefined,
  };
}
