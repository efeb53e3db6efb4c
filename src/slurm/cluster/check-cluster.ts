import {fail, ok, warn, type Finding} from '../../core/finding.ts';
import {askCluster, type ClusterFacts} from './ask-cluster.ts';
import {askAccounting} from './ask-slurm.ts';
import type {RunSlurm} from './client.ts';
import {clusterLimits, listGpuTypes, maxGpusPerNode, usablePartitions} from './cluster-limits.ts';
import type {Partition} from './parse-sinfo.ts';
import type {ClusterProfile} from '../profile/profile-schema.ts';
import {judgeSignalLead} from '../profile/signal-lead.ts';
import {formatSlurmTime, parseSlurmTime} from '../profile/slurm-time.ts';

/** Findings of `mac doctor` about Slurm, with the facts gathered on the way. */
export interface ClusterFindings {
  readonly findings: readonly Finding[];
  readonly facts: ClusterFacts | undefined;
}

/** Asks the controller once for everything that a submission needs, and compares the profile with it. */
export async function checkCluster(run: RunSlurm, profile: ClusterProfile | undefined): Promise<ClusterFindings> {
  const answer = await askCluster(run);
  if (answer.kind === 'missing') {
    const found = 'no Slurm commands on this machine';
    const finding =
      profile === undefined
        ? ok('slurm', `${found}: mac run works here, mac submit does not`)
        : fail('slurm', found, 'log in to a login node of your cluster');
    return {findings: [finding], facts: undefined};
  }
  if (answer.kind === 'unavailable') {
    const finding = fail('slurm', answer.reason, 'try again; if it lasts, ask your site (sinfo should answer)');
    return {findings: [finding], facts: undefined};
  }
  const {facts} = answer;
  return {
    facts,
    findings: [
      ok('slurm', `cluster ${facts.name ?? '?'}, Slurm ${facts.version ?? '?'}, the controller answers`),
      ok('arrays', `at most ${facts.maxArraySize ?? 1001} elements an array (MaxArraySize); larger ones are split`),
      await checkAccounting(run),
      ...checkPartitions(facts, profile),
    ],
  };
}

async function checkAccounting(run: RunSlurm): Promise<Finding> {
  // The very question that mac status asks: other options can work where these do not.
  const answer = await askAccounting(run, ['mac-doctor'], 'now-1minute');
  if (answer.kind === 'known') return ok('accounting', 'on: causes of failures are known afterwards');
  const found = answer.kind === 'off' ? 'off' : `sacct fails: ${answer.reason}`;
  return warn(
    'accounting',
    found,
    'mac status finds causes in the jobs’ own records; those of killed nodes stay unknown',
  );
}

function checkPartitions(facts: ClusterFacts, profile: ClusterProfile | undefined): Finding[] {
  if (!profile) {
    const names = facts.partitions.map(({name, isDefault}) => (isDefault ? `${name} (default)` : name));
    return [ok('partitions', names.join(', '))];
  }
  const limits = clusterLimits(profile, facts);
  if (limits.unknownPartitions.length > 0) {
    const known = facts.partitions.map(({name}) => name).join(', ');
    return [fail('partition', `there is no partition ${limits.unknownPartitions.join(', ')}`, `there are: ${known}`)];
  }
  const names = limits.partitions.map(({name}) => name);
  if (names.length === 0) {
    return [fail('partition', 'the cluster has no default partition', 'set partition in the profile, or --partition')];
  }
  return [
    checkUp(facts, names),
    checkTime(profile, limits.partitions),
    ...checkSignalLead(profile),
    checkGpus(profile, usablePartitions(profile, facts.partitions)),
    ...checkLimits(profile, facts),
  ];
}

function checkUp(facts: ClusterFacts, names: readonly string[]): Finding {
  const down = facts.partitions.filter(({name, isUp}) => names.includes(name) && !isUp).map(({name}) => name);
  if (down.length === 0) return ok('partition', names.join(', '));
  return fail('partition', `not taking jobs now: ${down.join(', ')}`, 'wait, or choose another (sinfo lists them)');
}

function checkTime(
  {time}: ClusterProfile,
  partitions: readonly {readonly name: string; readonly limitSeconds: number}[],
): Finding {
  if (time === undefined) return ok('time', "the partition's default");
  const minutes = parseSlurmTime(time) ?? Infinity;
  const longest = Math.max(...partitions.map(({limitSeconds}) => limitSeconds)) / 60;
  const limit = formatSlurmTime(longest);
  if (minutes <= longest) return ok('time', `${time}, within the limit of ${limit}`);
  return fail('time', `${time} is above the limit of ${limit}: such jobs wait for ever`, `time: ${limit} or less`);
}

function checkSignalLead(profile: ClusterProfile): Finding[] {
  const {kind, message, hint} = judgeSignalLead(profile);
  if (kind === 'fits') return [];
  return [kind === 'endless' ? fail('signal lead', message, hint) : warn('signal lead', message, hint)];
}

function checkGpus(profile: ClusterProfile, partitions: readonly Partition[]): Finding {
  const names = partitions.map(({name}) => name);
  const types = listGpuTypes(partitions);
  const most = maxGpusPerNode(partitions, profile) ?? 0;
  if (profile.gpu_type !== undefined && !types.includes(profile.gpu_type)) {
    const has = types.length > 0 ? `there are: ${types.join(', ')}` : 'its nodes name no types of GPUs';
    return fail('gpus', `no node of ${names.join(', ')} has GPUs of type ${profile.gpu_type}`, has);
  }
  if (profile.gpus_per_node !== undefined && profile.gpus_per_node > most) {
    const found = `the profile says ${profile.gpus_per_node} a node, the cluster ${most}`;
    return warn('gpus', found, `gpus_per_node: ${most}`);
  }
  if (most === 0) return ok('gpus', 'no node of the partition has any: for models behind an external URL');
  return ok('gpus', `up to ${most} a node${types.length > 0 ? ` (${types.join(', ')})` : ''}`);
}

function checkLimits(profile: ClusterProfile, facts: ClusterFacts): Finding[] {
  const {max_array_size: wanted} = profile;
  if (wanted === undefined || facts.maxArraySize === undefined || wanted <= facts.maxArraySize) return [];
  const found = `max_array_size ${wanted} is above the cluster's ${facts.maxArraySize}`;
  return [fail('arrays', found, `max_array_size: ${facts.maxArraySize}, or leave it out`)];
}
