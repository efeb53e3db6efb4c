import {stat} from 'node:fs/promises';
import {extname} from 'node:path';

import {systemErrorCode, systemErrorText, UserError} from '../../core/errors.ts';
import {WriteError} from '../../record/disk/atomic-file.ts';
import type {Output} from '../io.ts';

/** Returns the output path; undefined for stdout, which `-o -` means too. */
export function normalizeOutput(output: string | undefined): string | undefined {
  return output === '-' ? undefined : output;
}

/**
 * Returns the format for a file name: that of its ending, or the first of `formats` where it has none.
 *
 * @throws UserError `output-format` for another ending: CSV in a file called .xlsx would only confuse.
 */
export function formatByName<Format extends string>(path: string, formats: readonly [Format, ...Format[]]): Format {
  const extension = extname(path).slice(1).toLowerCase();
  const format = extension === '' ? formats[0] : formats.find(each => each === extension);
  if (format !== undefined) return format;
  throw new UserError('output-format', `no format is known for the ending .${extension} of ${path}`, {
    hint: `name it ${formats.map(each => `.${each}`).join(', ')}, or say --format`,
  });
}

/** Refuses two ways at once to print to stdout. @throws UserError `output-ambiguous`. */
export function refuseTwoFormats({
  json,
  format,
}: {
  readonly json?: boolean;
  readonly format?: string | undefined;
}): void {
  if (json !== true || format === undefined || format === 'json') return;
  throw new UserError('output-ambiguous', `--json and --format ${format} both say how to print`, {
    hint: 'use one of them, or write to a file with -o',
  });
}

/**
 * Checks that a file may be written at a path: existing files are replaced only on request, anything else never.
 *
 * @throws UserError `output-exists`, `output-not-a-file`, `output-unwritable`.
 */
export async function requireWritable(path: string, {force}: {readonly force: boolean}): Promise<void> {
  const found = await stat(path).catch((error: unknown) => {
    if (systemErrorCode(error) === 'ENOENT') return null;
    throw outputUnwritableError(path, error);
  });
  if (!found) return;
  if (!found.isFile()) {
    throw new UserError('output-not-a-file', `${path} is ${found.isDirectory() ? 'a folder' : 'not a file'}`, {
      hint: 'name a file; without -o the output goes to stdout',
    });
  }
  if (!force) throw new UserError('output-exists', `${path} is there already`, {hint: 'replace it with --force'});
}

/**
 * Runs `work`, which writes to a path that the user chose. If it cannot, the workspace is fine: another path may do.
 *
 * @throws UserError `output-unwritable` instead of `cannot-write`; whatever else `work` throws.
 */
export async function writeOutput<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof WriteError ? outputUnwritableError(error.path, error.cause) : error;
  }
}

const CHOOSE_ANOTHER_PATH = 'name another place for the output';

const HINTS: Readonly<Record<string, string>> = {
  ENOSPC: `free some space, or ${CHOOSE_ANOTHER_PATH}`,
  EDQUOT: `your quota is used up: free some space, or ${CHOOSE_ANOTHER_PATH}`,
  EROFS: `the filesystem is read-only: ${CHOOSE_ANOTHER_PATH}`,
  ENOENT: `no file or folder can be made there: ${CHOOSE_ANOTHER_PATH}`,
  EACCES: `you may not write there: ${CHOOSE_ANOTHER_PATH}`,
  EPERM: `you may not write there: ${CHOOSE_ANOTHER_PATH}`,
  EEXIST: 'a file is where a folder has to be',
  ENOTDIR: 'a part of the path is a file, not a folder',
  ENAMETOOLONG: 'the name is too long for this filesystem',
};

function outputUnwritableError(path: string, cause: unknown): UserError {
  return new UserError('output-unwritable', `cannot write ${path}: ${systemErrorText(cause)}`, {
    hint: HINTS[systemErrorCode(cause) ?? ''] ?? CHOOSE_ANOTHER_PATH,
    cause,
  });
}

/** Thrown to stop producing output when its reader has gone (`| head`). */
export class ReaderClosedError extends Error {}

/** Writes to an output. @throws ReaderClosedError when its reader has gone. */
export async function writeUnlessClosed(output: Output, text: string): Promise<void> {
  output.write(text);
  // Node notices that the reader has gone only when it next handles events.
  await new Promise(resolve => setImmediate(resolve));
  if (output.isClosed) throw new ReaderClosedError();
}
