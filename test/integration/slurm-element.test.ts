import {expect, test} from 'vitest';

import {simulatedServerCommand, submitByHand} from '../support/submitted-grid.ts';
import {makeWorkspace} from '../support/workspace.ts';

const MODEL = '{backend: vllm, model_path: org/m1, max_num_seqs: 8}';

test('an element starts its server, runs its task against it and leaves nothing running', async () => {
  const workspace = makeWorkspace({questions: 20, model: MODEL});
  const grid = await submitByHand({workspace, profile: {server_command: simulatedServerCommand()}});
  const {exitCode, stderr} = await grid.runElement(0);
  expect(exitCode, stderr).toBe(0);
  const attempt = await grid.attempt('7', 0);
  expect(attempt).toMatchObject({cause: 'done', exit_code: 0, questions: {done: 20, total: 20}});
});
