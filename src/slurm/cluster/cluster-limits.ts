import type {PartitionLimit} from '../../plan/warnings.ts';
import type {ClusterFacts} from './ask-cluster.ts';
import type {Partition} from './parse-sinfo.ts';
import type {ClusterProfile} from '../profile/profile-schema.ts';

/** Known limits of the cluster. */
export interface ClusterLimits {
  readonly maxArraySize: number;
  /** Partitions in which a job may run; empty when the cluster could not be asked. */
  readonly partitions: readonly PartitionLimit[];
  /** Partitions that the profile names and the cluster does not have. */
  readonly unknownPartitions: readonly string[];
  /** The most GPUs (of the profile's type) on one node of the partitions; undefined when unknown. */
  readonly gpusPerNode: number | undefined;
  /** GPU types of the partitions' nodes; undefined when the cluster could not be asked or no partition is known. */
  readonly gpuTypes: readonly string[] | undefined;
}

/** Slurm's own default, for when neither the profile nor the cluster says otherwise. */
const DEFAULT_MAX_ARRAY_SIZE = 1001;

/** Joins what the profile and, where it could be asked, the cluster say; the profile wins. */
export function clusterLimits(profile: ClusterProfile, facts?: ClusterFacts): ClusterLimits {
  const known = facts?.partitions ?? [];
  const usable = usablePartitions(profile, known);
  return {
    maxArraySize: profile.max_array_size ?? facts?.maxArraySize ?? DEFAULT_MAX_ARRAY_SIZE,
    partitions: usable.map(({name, limitMinutes}) => ({name, limitSeconds: limitMinutes * 60})),
    unknownPartitions: facts
      ? namedPartitions(profile).filter(name => !known.some(partition => partition.name === name))
      : [],
    gpusPerNode: profile.gpus_per_node ?? maxGpusPerNode(usable, profile),
    gpuTypes: usable.length === 0 ? undefined : listGpuTypes(usable),
  };
}

function namedPartitions({partition}: ClusterProfile): string[] {
  return partition?.split(',').map(name => name.trim()) ?? [];
}

/** Returns the partitions in which a job may run: those that the profile names, else the cluster's default. */
export function usablePartitions(profile: ClusterProfile, partitions: readonly Partition[]): Partition[] {
  const named = namedPartitions(profile);
  return partitions.filter(({name, isDefault}) => (named.length > 0 ? named.includes(name) : isDefault));
}

/** Returns the types of GPUs that nodes of these partitions name, each once. */
export function listGpuTypes(partitions: readonly Partition[]): string[] {
  const types = partitions.flatMap(({nodes}) => nodes.flatMap(({gpus}) => gpus.flatMap(({type}) => type ?? [])));
  return [...new Set(types)].sort();
}

/** Returns the most GPUs that a job can get on one node of these partitions; undefined without any partition. */
export function maxGpusPerNode(
  partitions: readonly Partition[],
  {gpu_request, gpu_type}: ClusterProfile,
): number | undefined {
  if (partitions.length === 0) return undefined;
  const nodes = partitions.flatMap(({nodes: kinds}) => kinds);
  const isWanted = (type: string | undefined): boolean => gpu_request === 'gres' || !gpu_type || type === gpu_type;
  return Math.max(
    0,
    ...nodes.map(({gpus}) => gpus.filter(({type}) => isWanted(type)).reduce((sum, {count}) => sum + count, 0)),
  );
}
