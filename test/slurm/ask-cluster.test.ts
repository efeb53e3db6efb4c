import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join, resolve} from 'node:path';
import {describe, expect, it} from 'vitest';

import {askCluster, parseConfig, type ClusterFacts} from '../../src/slurm/cluster/ask-cluster.ts';
import {createSlurmClient} from '../../src/slurm/cluster/client.ts';
import {clusterLimits} from '../../src/slurm/cluster/cluster-limits.ts';
import {parseSinfo} from '../../src/slurm/cluster/parse-sinfo.ts';
import {formatSlurmTime, parseSlurmTime} from '../../src/slurm/profile/slurm-time.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';
import {aProfile} from './a-profile.ts';

const fixture = (name: string): string => readFileSync(resolve(import.meta.dirname, '../fixtures/slurm', name), 'utf8');

describe('what a cluster says of itself', () => {
  it('is read from sinfo', () => {
    const a100 = {count: 2, names: 'n[1-2]', cpus: 32, memoryMb: 256_000, gpus: [{type: 'a100', count: 4}]};
    const v100 = {...a100, count: 1, names: 'n3', gpus: [{type: 'v100', count: 4}]};
    const partition = {isDefault: false, isUp: true, nodes: [a100, v100]};
    expect(parseSinfo(fixture('sinfo-partitions.txt'))).toEqual([
      {...partition, name: 'gpu', limitMinutes: 1440},
      {...partition, name: 'preempt', limitMinutes: 7 * 1440},
      {...partition, name: 'cpu', limitMinutes: 240},
    ]);
  });

  it('is understood in the forms that sites have', () => {
    const lines = [
      'sinfo: a warning of the site',
      'long*|up|infinite|10|(null)|64+|515000+|idle|c[001-010]',
      'long*|up|infinite|2|(null)|64+|515000+|drained*|c[011-012]',
      'mixed|down|30:00|1|gpu:h100:8(S:0-1),nvme:1|96|1000000|mixed|g1',
      'mixed|down|30:00|1|gpu:2|96|1000000|mixed|g2',
      'mixed|down|30:00|1|gpu:a100_3g.20gb:4,gpu:a100:2|96|1000000|mixed|g3',
    ];
    const [long, mixed] = parseSinfo(lines.join('\n'));
    expect(long).toEqual({
      name: 'long',
      isDefault: true,
      isUp: true,
      limitMinutes: Infinity,
      nodes: [{count: 12, names: 'c[001-010],c[011-012]', cpus: 64, memoryMb: 515_000, gpus: []}],
    });
    expect(mixed).toMatchObject({isUp: false, limitMinutes: 30});
    expect(mixed?.nodes.map(({gpus}) => gpus)).toEqual([
      [{type: 'h100', count: 8}],
      [{type: undefined, count: 2}],
      [
        {type: 'a100_3g.20gb', count: 4},
        {type: 'a100', count: 2},
      ],
    ]);
  });

  it('is read from scontrol', () => {
    expect(parseConfig(fixture('scontrol-config.txt'))).toEqual({name: 'dev', version: '22.05.8', maxArraySize: 1001});
    expect(parseConfig('')).toEqual({name: undefined, version: undefined, maxArraySize: undefined});
  });

  it('is nothing where there is no Slurm', async () => {
    expect(await askCluster(createSlurmClient({PATH: temporaryFolder()}))).toEqual({kind: 'missing'});
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'sinfo'));
    writeFileSync(join(folder, 'scontrol'), 'not to be run');
    expect(await askCluster(createSlurmClient({PATH: folder}))).toEqual({kind: 'missing'});
  });

  it('is not known when a command cannot be started, and the reason is told', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'squeue'), '#!/bin/sh\n', {mode: 0o755});
    const {exitCode, stderr} = await createSlurmClient({PATH: folder})('squeue', ['x'.repeat(1 << 18)]);
    expect(exitCode).toBeNull();
    expect(stderr).toContain('E2BIG');
  });

  it('gives limits, over which the profile has the last word', async () => {
    const facts: ClusterFacts = {
      name: 'dev',
      version: '22.05.8',
      maxArraySize: 5000,
      partitions: parseSinfo(fixture('sinfo-partitions.txt').replace('gpu|', 'gpu*|')),
    };
    expect(clusterLimits(await aProfile(), facts)).toEqual({
      maxArraySize: 5000,
      partitions: [{name: 'gpu', limitSeconds: 86_400}],
      unknownPartitions: [],
      gpusPerNode: 4,
      gpuTypes: ['a100', 'v100'],
    });
    expect(
      clusterLimits(
        await aProfile({partition: 'cpu,none', max_array_size: 7, gpus_per_node: 2, gpu_type: 'v100'}),
        facts,
      ),
    ).toEqual({
      maxArraySize: 7,
      partitions: [{name: 'cpu', limitSeconds: 14_400}],
      unknownPartitions: ['none'],
      gpusPerNode: 2,
      gpuTypes: ['a100', 'v100'],
    });
    expect(clusterLimits(await aProfile({gpu_type: 'h100'}), facts).gpusPerNode).toBe(0);
    expect(clusterLimits(await aProfile({partition: 'x'}))).toEqual({
      maxArraySize: 1001,
      partitions: [],
      unknownPartitions: [],
      gpusPerNode: undefined,
      gpuTypes: undefined,
    });
  });
});

describe('times of Slurm', () => {
  it.each([
    ['90', 90],
    ['90:30', 91],
    ['01:30:00', 90],
    ['2-00', 2880],
    ['1-01:30', 1530],
    ['1-00:00:01', 1441],
    ['UNLIMITED', Infinity],
    ['infinite', Infinity],
    ['0', Infinity],
    ['soon', undefined],
    ['25:99', undefined],
    ['1:60:00', undefined],
    ['1:2:3:4', undefined],
    ['-5', undefined],
    ['', undefined],
  ])('%s is %s minutes', (text, minutes) => expect(parseSlurmTime(text)).toBe(minutes));

  it('are written so that they are read back', () => {
    for (const minutes of [1, 59, 60, 1439, 1440, 10_000, Infinity]) {
      expect(parseSlurmTime(formatSlurmTime(minutes))).toBe(minutes);
    }
    expect(formatSlurmTime(1530)).toBe('1-01:30:00');
  });
});
