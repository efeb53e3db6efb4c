import {parseSlurmTime} from '../profile/slurm-time.ts';

/** Fields of `sinfo -h -o` that `parseSinfo` reads. */
export const SINFO_FORMAT = '%P|%a|%l|%D|%G|%c|%m|%T|%N';

export interface Partition {
  readonly name: string;
  readonly isDefault: boolean;
  readonly isUp: boolean;
  /** Longest time limit in minutes; Infinity without one. */
  readonly limitMinutes: number;
  readonly nodes: readonly NodeKind[];
}

/** Nodes of a partition with the same hardware. */
export interface NodeKind {
  readonly count: number;
  /** As Slurm writes them: `n[1-2]`. */
  readonly names: string;
  readonly cpus: number;
  readonly memoryMb: number;
  readonly gpus: readonly GpuKind[];
}

export interface GpuKind {
  /** Undefined where the cluster names none. */
  readonly type: string | undefined;
  readonly count: number;
}

/** Reads partitions in the order of the text; other lines (warnings of a site) are skipped. */
export function parseSinfo(text: string): Partition[] {
  const partitions = new Map<string, Omit<Partition, 'nodes'> & {nodes: NodeKind[]}>();
  for (const line of text.split('\n')) {
    const cells = line.split('|');
    const [written = '', state, limit = '', count, gres = '', cpus = '', memory = '', , names = ''] = cells;
    if (cells.length < 9 || !/^\d+$/.test(count ?? '')) continue;
    const name = written.replace(/\*$/, '');
    const partition = partitions.get(name) ?? {
      name,
      isDefault: written.endsWith('*'),
      isUp: state === 'up',
      limitMinutes: parseSlurmTime(limit) ?? Infinity,
      nodes: [],
    };
    partitions.set(name, partition);
    addNodes(partition.nodes, {
      count: Number(count),
      names: names.trim(),
      // `32+`: at least.
      cpus: Number.parseInt(cpus, 10) || 0,
      memoryMb: Number.parseInt(memory, 10) || 0,
      gpus: parseGpus(gres),
    });
  }
  return [...partitions.values()];
}

/** Adds nodes to those with the same hardware: sinfo gives each state a line of its own. */
function addNodes(nodes: NodeKind[], more: NodeKind): void {
  const nodeSignature = ({cpus, memoryMb, gpus}: NodeKind): string => JSON.stringify([cpus, memoryMb, gpus]);
  const i = nodes.findIndex(node => nodeSignature(node) === nodeSignature(more));
  const known = nodes[i];
  if (known) nodes[i] = {...known, count: known.count + more.count, names: `${known.names},${more.names}`};
  else nodes.push(more);
}

/** Reads `gpu:a100:4(S:0-1),nvme:1` as four GPUs of type a100. */
function parseGpus(gres: string): GpuKind[] {
  return gres
    .replace(/\([^)]*\)/g, '')
    .split(',')
    .flatMap((part): GpuKind[] => {
      const [kind, ...rest] = part.trim().split(':');
      if (kind !== 'gpu') return [];
      const last = rest.at(-1);
      const hasCount = last !== undefined && /^\d+$/.test(last);
      const type = (hasCount ? rest.slice(0, -1) : rest).join(':');
      return [{type: type === '' ? undefined : type, count: hasCount ? Number(last) : 1}];
    });
}
