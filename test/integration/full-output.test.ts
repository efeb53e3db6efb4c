import {execa} from 'execa';
import {readFileSync, statSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';

import {MAC} from '../support/mac.ts';
import {quickstartRun} from '../support/quickstart.ts';

test('a full disk under the answer is one line and exit code 1, a reader that went away is nothing', async () => {
  const cwd = await quickstartRun(['--limit', '2']);
  const shell = (script: string): Promise<{exitCode?: number; stdout: string; stderr: string}> =>
    execa('bash', ['-c', `mac() { "$NODE" "$MAC" "$@"; }; set -o pipefail; ${script}`], {
      cwd,
      env: {NODE: process.execPath, MAC},
      reject: false,
    });

  const commands = [
    'results',
    'results --json',
    'compare --factor agent_definitions.0.persona --draws 99',
    'query "FROM messages"',
    'export --table tasks',
    'ls',
    'schema keys',
  ];
  for (const command of commands) {
    const {exitCode, stderr} = await shell(`mac ${command} > /dev/full`);
    expect(stderr, command).not.toMatch(/ at |bug in mac/);
    expect(stderr.match(/^mac: .*$/gm), command).toEqual(['mac: cannot write the output: no space left on device']);
    expect(exitCode, command).toBe(1);
  }

  // The last write before the limit is a short one, which says nothing of itself.
  const short = await shell('ulimit -f 4; mac schema keys > keys');
  expect([short.exitCode, short.stderr]).toEqual([1, 'mac: cannot write the output: file too large']);
  expect(statSync(join(cwd, 'keys')).size).toBe(4096);

  expect(await shell('mac schema keys | head -1')).toMatchObject({exitCode: 0, stderr: ''});
  expect(await shell('mac schema keys 2> /dev/full')).toMatchObject({exitCode: 0});
  const whole = await shell('mac schema keys > keys && mac schema keys >> keys');
  expect([whole.exitCode, whole.stderr]).toEqual([0, '']);
  const once = await shell('mac schema keys');
  expect(readFileSync(join(cwd, 'keys'), 'utf8')).toBe(`${once.stdout}\n`.repeat(2));
});
