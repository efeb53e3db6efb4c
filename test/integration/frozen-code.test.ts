import {execa} from 'execa';
import {join} from 'node:path';
import {expect, test} from 'vitest';

import {readEnvironment} from '../../src/config/workspace.ts';
import {createLayout} from '../../src/record/layout.ts';
import {freezeCode} from '../../src/slurm/submit/freeze-code.ts';
import {makeWorkspace} from '../support/workspace.ts';

/** Ways in which a shell or another program connects a command's streams; `$MAC` is the frozen command. */
const CONNECTIONS: Readonly<Record<string, string>> = {
  'stdout and stderr sockets': '$MAC ls',
  'stdout a pipe': '$MAC ls | tee seen',
  'stderr a pipe': '{ $MAC ls 2>&1 >&3 | tee seen; } 3>&1',
  'stdin a pipe': 'echo ignored | $MAC ls > seen; cat seen',
  'all three pipes': 'echo ignored | $MAC ls 2>&1 | tee seen',
  'stdout a named pipe': 'mkfifo fifo; $MAC ls > fifo & cat fifo; wait $!',
};

test('frozen code finds its linked packages whatever its streams are connected to', async () => {
  const cwd = makeWorkspace();
  const {path} = await freezeCode(createLayout(readEnvironment({}, cwd)));
  const results: Record<string, unknown> = {};
  for (const [name, script] of Object.entries(CONNECTIONS)) {
    const {exitCode, stdout, stderr} = await execa('bash', ['-o', 'pipefail', '-c', script], {
      cwd,
      env: {MAC: `${process.execPath} ${join(path, 'bin/mac.js')}`},
      reject: false,
    });
    results[name] = {exitCode, stdout, stderr};
  }
  const expected = {exitCode: 0, stdout: 'no grids yet: mac run CONFIG starts one', stderr: ''};
  expect(results).toEqual(Object.fromEntries(Object.keys(CONNECTIONS).map(name => [name, expected])));
});
