import {readFile, stat} from 'node:fs/promises';

import {errorMessage, systemErrorCode, UserError} from '../core/errors.ts';
import {sha256} from '../core/seeds/hash.ts';

/** The text of a config, before it is parsed. */
export interface ConfigText {
  readonly path: string;
  readonly text: string;
  /** Of the file's bytes. */
  readonly sha256: string;
}

/** Bytes of a config at most. Far above any real one: a larger file is the wrong one, so fail fast. */
const MAX_BYTES = 5 * 1024 * 1024;

/**
 * Reads the text of a config.
 *
 * @throws UserError `config-missing`, `config-unreadable`, `config-too-large`.
 */
export async function readConfigText(path: string): Promise<ConfigText> {
  const bytes = await readBytes(path);
  let text: string;
  try {
    text = new TextDecoder('utf-8', {fatal: true}).decode(bytes);
  } catch {
    throw new UserError('config-unreadable', `${path} is not UTF-8 text`, {hint: 'is it a data file?'});
  }
  // NUL never occurs in a text that somebody wrote.
  if (text.includes('\0')) throw new UserError('config-unreadable', `${path} is a binary file, not a config`);
  return {path, text, sha256: sha256(bytes)};
}

async function readBytes(path: string): Promise<Uint8Array> {
  try {
    const {size} = await stat(path);
    if (size > MAX_BYTES) {
      throw new UserError(
        'config-too-large',
        `${path} has ${(size / 1024 / 1024).toFixed(1)} MB; a config has at most 5`,
        {
          hint: 'is it a data file? a grid of many values can be split into several configs',
        },
      );
    }
    return await readFile(path);
  } catch (error) {
    if (error instanceof UserError) throw error;
    const code = systemErrorCode(error);
    if (code === 'ENOENT') throw new UserError('config-missing', `${path}: no such config`, {cause: error});
    if (code === 'EISDIR')
      throw new UserError('config-unreadable', `${path} is a folder, not a config`, {cause: error});
    throw new UserError('config-unreadable', `${path}: ${errorMessage(error)}`, {cause: error});
  }
}
