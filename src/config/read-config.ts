import {readFile, stat} from 'node:fs/promises';

import {errorMessage, systemErrorCode, UserError} from '../core/errors.ts';
import {sha256} from '../core/hash.ts';
import {readYaml, type YamlDocument} from './yaml/yaml.ts';

export interface ReadConfig {
  readonly path: string;
  readonly text: string;
  readonly sha256: string;
  readonly document: YamlDocument;
}

/**
 * No config of ours comes near; parsing much more would only keep the user waiting for the news that it is the wrong
 * file.
 */
const MAX_BYTES = 5 * 1024 * 1024;

/**
 * Reads a config; what is wrong with how it is written, though it can be understood, stands in `document.problems`.
 *
 * @throws UserError `config-missing`, `config-unreadable`, `config-too-large`; ConfigError for what is wrong inside.
 */
export async function readGridConfig(path: string): Promise<ReadConfig> {
  const bytes = await readBytes(path);
  let text: string;
  try {
    text = new TextDecoder('utf-8', {fatal: true}).decode(bytes);
  } catch {
    throw new UserError('config-unreadable', `${path} is not UTF-8 text`, {hint: 'is it a data file?'});
  }
  // NUL never occurs in a text that somebody wrote.
  if (text.includes('\0')) throw new UserError('config-unreadable', `${path} is a binary file, not a config`);
  return {path, text, sha256: sha256(bytes), document: readYaml(text, path)};
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
