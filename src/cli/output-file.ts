import {stat} from 'node:fs/promises';

import {messageOf, systemErrorCode, UserError} from '../core/errors.ts';

/**
 * Looks whether a file may be put at a path: nothing is replaced that nobody asked for, and nothing that is no file ever.
 *
 * @throws UserError `output-exists`, `output-not-a-file`, `output-unwritable`.
 */
export async function requireWritable(path: string, {force}: {readonly force: boolean}): Promise<void> {
  const found = await stat(path).catch((error: unknown) => {
    if (systemErrorCode(error) === 'ENOENT') return null;
    throw new UserError('output-unwritable', `cannot write ${path}: ${messageOf(error)}`, {cause: error});
  });
  if (!found) return;
  if (!found.isFile()) {
    throw new UserError('output-not-a-file', `${path} is ${found.isDirectory() ? 'a folder' : 'not a file'}`, {
      hint: 'name a file; without -o the output goes to stdout',
    });
  }
  if (!force) throw new UserError('output-exists', `${path} is there already`, {hint: 'replace it with --force'});
}
