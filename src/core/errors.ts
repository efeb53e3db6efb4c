import {getSystemErrorMap} from 'node:util';

import type {UserErrorCode} from './error-codes.ts';

/**
 * Something the user can fix: a wrong config, a missing file, a server that is not there.
 *
 * `message` says what and where, `hint` what to do. Anything thrown that is not a UserError is a bug of ours (exit 70).
 */
export class UserError extends Error {
  override readonly name = 'UserError';
  readonly code: UserErrorCode;
  readonly hint: string | undefined;

  constructor(code: UserErrorCode, message: string, options: {hint?: string | undefined; cause?: unknown} = {}) {
    super(message, {cause: options.cause});
    this.code = code;
    this.hint = options.hint;
  }
}

/** Returns the text of anything that was thrown. */
export function errorMessage(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** Returns the `code` of a Node system error (`ENOENT`, `ENOSPC`, …), or undefined. */
export function systemErrorCode(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error) || !('code' in thrown)) return undefined;
  return typeof thrown.code === 'string' ? thrown.code : undefined;
}

/** Returns the system's words for its error (`no space left on device`); of other errors their text. */
export function systemErrorText(thrown: unknown): string {
  const errno = thrown instanceof Error && 'errno' in thrown ? thrown.errno : undefined;
  const [, words] = (typeof errno === 'number' ? getSystemErrorMap().get(errno) : undefined) ?? [];
  return words ?? errorMessage(thrown);
}
