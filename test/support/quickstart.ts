import {cpSync, mkdirSync} from 'node:fs';
import {join, resolve} from 'node:path';
import {expect} from 'vitest';

import {runMac} from './mac.ts';
import {temporaryFolder} from './temporary-folder.ts';

const ROOT = resolve(import.meta.dirname, '../..');

/** A workspace in which the quickstart was run, as far as the options say. */
export async function quickstartRun(options: readonly string[]): Promise<string> {
  const cwd = temporaryFolder('mac-quickstart-');
  mkdirSync(join(cwd, 'config'));
  cpSync(join(ROOT, 'config/quickstart.yaml'), join(cwd, 'config/quickstart.yaml'));
  cpSync(join(ROOT, 'data/sample'), join(cwd, 'data/sample'), {recursive: true});
  const {exitCode, stderr} = await runMac(['run', 'config/quickstart.yaml', ...options], {cwd});
  expect(exitCode, stderr).toBe(0);
  return cwd;
}
