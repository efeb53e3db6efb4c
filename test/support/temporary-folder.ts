import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {onTestFinished} from 'vitest';

/**
 * Registers what is to be done when a test is over. Tests that run at once must give their own: vitest's is that of the
 * one that began last.
 */
export type WhenDone = (clean: () => void) => void;

/** A folder of the test's own, removed when the test is over. */
export function temporaryFolder(prefix = 'mac-test-', parent = tmpdir(), whenDone: WhenDone = onTestFinished): string {
  const folder = mkdtempSync(join(parent, prefix));
  whenDone(() => rmSync(folder, {recursive: true, force: true}));
  return folder;
}
