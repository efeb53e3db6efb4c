import {expect, test} from 'vitest';

import {runMac} from '../support/mac.ts';
import {recordsOf} from '../support/records.ts';
import {makeWorkspace} from '../support/workspace.ts';

test('a task of more questions than may wait for the disk at once runs to its end', async () => {
  const cwd = makeWorkspace({questions: 5_000});
  const {exitCode, stderr} = await runMac(['run', 'config/c.yaml'], {cwd});
  expect(exitCode, stderr).toBe(0);
  const {transcripts, indexLines} = recordsOf(cwd);
  expect(transcripts).toHaveLength(5_000);
  expect(indexLines).toHaveLength(5_000);
});
