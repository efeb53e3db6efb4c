import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {onTestFinished} from 'vitest';

/** A folder of the test's own, removed when the test is over. */
export function temporaryFolder(prefix = 'mac-test-', parent = tmpdir()): string {
  const folder = mkdtempSync(join(parent, prefix));
  onTestFinished(() => rmSync(folder, {recursive: true, force: true}));
  return folder;
}
