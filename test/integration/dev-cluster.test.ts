import {readFileSync, readdirSync} from 'node:fs';
import {join} from 'node:path';
import {afterAll, beforeAll, expect, test} from 'vitest';

import {type Cluster, describeOnCluster, startCluster} from '../support/cluster.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';

describeOnCluster('the development cluster', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await startCluster({maxArraySize: 50, nodeTimeout: 5});
  });
  afterAll(() => cluster.stop());

  test('gives every element of an array its own pair of GPUs', async () => {
    const folder = temporaryFolder();
    await cluster.submit(`echo "$SLURMD_NODENAME:$CUDA_VISIBLE_DEVICES" > ${folder}/$SLURM_ARRAY_TASK_ID; sleep 30`, [
      '--array=0-5',
      '--gres=gpu:2',
    ]);
    await cluster.waitFor('six elements to write', () => Promise.resolve(readdirSync(folder).length === 6));
    const devices = readdirSync(folder).map(element => readFileSync(join(folder, element), 'utf8').trim());
    expect(devices.sort()).toEqual(['n1:0,1', 'n1:2,3', 'n2:0,1', 'n2:2,3', 'n3:0,1', 'n3:2,3']);
    await cluster.cancelAll();
  });
});
