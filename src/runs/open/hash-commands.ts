import {createHash} from 'node:crypto';
import {readFile, stat} from 'node:fs/promises';
import {resolve} from 'node:path';

import {listCommands, stampCode} from '../../plan/bench/stamp-code.ts';

/** A larger file is data or a binary, not a program that somebody edits between two runs. */
const MAX_BYTES = 4 * 1024 * 1024;

/**
 * Returns the text of a benchmark matrix with the hash of the files that each of its commands names, since results of
 * a program that was changed are not to be used again. Any other text is returned as it is.
 *
 * @param workspace in which commands run.
 */
export async function hashCommands(text: string, workspace: string): Promise<string> {
  const commands = listCommands(text);
  if (commands.length === 0) return text;
  const hashes = new Map<string, string>();
  for (const word of new Set(commands.flat())) {
    const content = await readProgram(resolve(workspace, word));
    if (content) hashes.set(word, createHash('sha256').update(content).digest('hex'));
  }
  return stampCode(text, command => {
    const files = command.flatMap(word => hashes.get(word) ?? []);
    if (files.length === 0) return undefined;
    return createHash('sha256').update(files.join('\n')).digest('hex').slice(0, 16);
  });
}

/** Undefined for a word that is no file of the workspace, and for what cannot be read. */
async function readProgram(path: string): Promise<Uint8Array | undefined> {
  try {
    const {size} = await stat(path);
    return size > MAX_BYTES ? undefined : await readFile(path);
  } catch {
    return undefined;
  }
}
