import {randomUUID} from 'node:crypto';
import {afterAll, afterEach, beforeAll, expect, test} from 'vitest';

import {askQueue} from '../../src/slurm/cluster/ask-slurm.ts';
import {createSlurmClient} from '../../src/slurm/cluster/client.ts';
import {describeOnCluster, startCluster, type Cluster} from '../support/cluster.ts';

describeOnCluster('the queue of a real Slurm', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await startCluster();
  });
  afterEach(() => cluster.recover());
  afterAll(() => cluster.stop());

  test.each([
    ['0-22:2', Array.from({length: 12}, (_, i) => 2 * i)],
    ['0-200:3,5,7%4', [5, 7, ...Array.from({length: 67}, (_, i) => 3 * i)].sort((a, b) => a - b)],
  ])('shows every waiting element of --array=%s', async (spec, elements) => {
    const name = `steps-${randomUUID()}`;
    await cluster.submit('sleep 1', ['--hold', `--array=${spec}`, `--job-name=${name}`]);
    const run = createSlurmClient({...process.env, ...cluster.env});
    const answer = await cluster.waitFor('the queue', async () => {
      const said = await askQueue(run, [name]);
      return said.kind === 'known' && said;
    });
    expect(answer.rows.map(({element}) => element)).toEqual(elements);
    expect(answer.cutShort.size).toBe(0);
  });
});
