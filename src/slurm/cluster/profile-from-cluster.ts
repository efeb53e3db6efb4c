import type {ClusterFacts} from './ask-cluster.ts';
import type {NodeKind, Partition} from './parse-sinfo.ts';
import {formatSlurmTime} from '../profile/slurm-time.ts';

/** Writes a commented profile for review from a cluster's facts; keys that they do not settle become comments. */
export function profileFromCluster(facts: ClusterFacts): string {
  const partition = choosePartition(facts.partitions);
  const node = partition && largestNode(partition);
  return [
    `# Cluster profile, from what ${facts.name ?? 'the cluster'} says of itself${facts.version === undefined ? '' : ` (Slurm ${facts.version})`}.`,
    '# Go through it, then: mac plan CONFIG --profile FILE',
    '# All keys: mac schema profile. Secrets have no place here: export them before mac submit, and jobs inherit them.',
    '',
    '# Partitions:',
    ...facts.partitions.map(each => `#   ${describePartition(each)}`),
    ...(partition ? [`partition: ${quoted(partition.name)}`] : ['# partition:']),
    '# account:   # who pays: sacctmgr -n show associations user=$USER format=account',
    '# qos:',
    '',
    ...timeLines(partition),
    '',
    ...nodeLines(node),
    '',
    ...gpuLines(partition),
    '',
    ...(facts.maxArraySize === undefined
      ? ['# max_array_size: 1001   # scontrol show config | grep MaxArraySize']
      : [
          '# Numbers of array elements stay below it; larger grids become several arrays.',
          `max_array_size: ${facts.maxArraySize}`,
        ]),
    '# submit_limit: 1000   # jobs that you may have in the queue: sacctmgr show qos format=name,maxsubmitpu',
    '# array_throttle: 16   # jobs of a submission that may run at once',
    'tasks_per_job: auto   # small tasks share a job and its model servers',
    '',
    '# What a job needs before model servers can be started:',
    '# modules: [cuda/12.4, python/3.12]',
    '# setup_command: source "$HOME/venvs/vllm/bin/activate"',
    '# environment: {HF_HOME: /shared/huggingface, HF_HUB_OFFLINE: 1}',
    '# container: {runtime: apptainer, image: /shared/images/vllm.sif}',
    '',
    '# For estimates; the logs of jobs say what they really were.',
    '# model_load_seconds: 300',
    '# requests_per_second: 10',
    '',
  ].join('\n');
}

/** Returns the default partition if it has GPUs, else the one with most of them, else the default. */
function choosePartition(partitions: readonly Partition[]): Partition | undefined {
  const up = partitions.filter(({isUp}) => isUp);
  const standard = up.find(({isDefault}) => isDefault) ?? up[0];
  if (standard && countGpus(standard) > 0) return standard;
  const [most] = [...up].sort((a, b) => countGpus(b) - countGpus(a));
  return most && countGpus(most) > 0 ? most : standard;
}

function countGpus({nodes}: Partition): number {
  return nodes.reduce((sum, node) => sum + node.count * countNodeGpus(node), 0);
}

function countNodeGpus({gpus}: NodeKind): number {
  return gpus.reduce((sum, {count}) => sum + count, 0);
}

/** Returns the kind of node that most jobs will run on: the one with most GPUs, then the most frequent one. */
function largestNode({nodes}: Partition): NodeKind | undefined {
  const rank = (node: NodeKind): number => countNodeGpus(node) * 1e6 + node.count;
  return [...nodes].sort((a, b) => rank(b) - rank(a))[0];
}

/** Returns `gpu (default): up to 1-00:00:00; 2 nodes with 4 × a100, 32 CPUs, 250 GB (n[1-2])`. */
function describePartition({name, isDefault, isUp, limitMinutes, nodes}: Partition): string {
  const marks = [isDefault ? 'default' : '', isUp ? '' : 'not up'].filter(Boolean).join(', ');
  const limit = limitMinutes === Infinity ? 'no time limit' : `up to ${formatSlurmTime(limitMinutes)}`;
  const kinds = nodes.map(node => {
    const gpus = node.gpus.map(({type, count}) => `${count} × ${type ?? 'gpu'}`).join(' + ') || 'no GPUs';
    return `${node.count} node${node.count === 1 ? '' : 's'} with ${gpus}, ${node.cpus} CPUs, ${gigabytes(node)} GB (${node.names})`;
  });
  return `${name}${marks === '' ? '' : ` (${marks})`}: ${[limit, ...kinds].join('; ')}`;
}

function gigabytes({memoryMb}: NodeKind): number {
  return Math.floor(memoryMb / 1024);
}

const DEFAULT_MINUTES = 12 * 60;

function timeLines(partition: Partition | undefined): string[] {
  const limit = partition?.limitMinutes ?? Infinity;
  const most = limit === Infinity ? 'has no time limit' : `allows ${formatSlurmTime(limit)}`;
  return [
    ...(partition
      ? [`# The partition ${most}. A job that runs out of time goes back into the queue and continues.`]
      : []),
    `time: ${quoted(formatSlurmTime(Math.min(limit, DEFAULT_MINUTES)))}`,
    'requeue: true',
  ];
}

/** Gives a job the share of one GPU, or an eighth of a node, so that it leaves room for others. */
function nodeLines(node: NodeKind | undefined): string[] {
  if (!node) return ['# cpus_per_task: 8', '# mem: 64G   # without it a job may get all memory of a node'];
  const parts = countNodeGpus(node) || 8;
  const share = countNodeGpus(node) > 0 ? 'the share of one GPU. More for models on several' : 'an eighth of it';
  return [
    `# A node has ${node.cpus} CPUs and ${gigabytes(node)} GB; this is ${share}.`,
    `cpus_per_task: ${Math.max(1, Math.floor(node.cpus / parts))}`,
    `mem: ${Math.max(1, Math.floor((gigabytes(node) * 0.9) / parts))}G`,
  ];
}

function gpuLines(partition: Partition | undefined): string[] {
  const nodes = partition?.nodes.filter(node => countNodeGpus(node) > 0) ?? [];
  if (nodes.length === 0) return ['# No GPUs here: models need an address (api_config.base_url).', 'gpus_per_node: 0'];
  const types = [...new Set(nodes.flatMap(({gpus}) => gpus.flatMap(({type}) => (type === undefined ? [] : [type]))))];
  const [only] = types;
  return [
    '# GPUs follow from the models of a task. Sites differ in how they want to be asked: gres, gres_typed, gpus_per_node.',
    ...(only === undefined ? ['gpu_request: gres'] : []),
    ...(types.length === 1 ? [`gpu_type: ${quoted(only ?? '')}`] : []),
    ...(types.length > 1
      ? [`# gpu_type: ${quoted(only ?? '')}   # or one of ${types.join(', ')}; any without it`]
      : []),
    `gpus_per_node: ${Math.max(...nodes.map(countNodeGpus))}`,
  ];
}

/** Quotes a text for YAML, so that it is read as text. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
