import {readFile} from 'node:fs/promises';
import {join, isAbsolute} from 'node:path';

import {ConfigError} from '../../config/problem.ts';
import {sha256} from '../../core/seeds/hash.ts';
import type {ParsedTrials, TrialContext} from '../../plan/front-end.ts';

/**
 * Hashes the files that a file of trials names and that decide what its trials do. One that cannot be read has no hash:
 * whoever checks the file, or the trial itself, says so.
 *
 * @returns by the names that the front-end gives them.
 */
export async function hashNamedFiles(
  {frontEnd, document}: ParsedTrials,
  context: TrialContext,
  workspace: string,
): Promise<Readonly<Record<string, string>>> {
  const names = listNames({frontEnd, document}, context);
  const hashes = await Promise.all(
    names.map(async name => {
      const bytes = await readFile(isAbsolute(name) ? name : join(workspace, name)).catch(() => null);
      return bytes === null ? [] : [[name, sha256(bytes)] as const];
    }),
  );
  return Object.fromEntries(hashes.flat());
}

function listNames(
  {frontEnd, document}: Pick<ParsedTrials, 'frontEnd' | 'document'>,
  context: TrialContext,
): readonly string[] {
  try {
    return frontEnd.listFiles?.(document, context) ?? [];
  } catch (error) {
    // What is wrong with the file is told when it is compiled.
    if (error instanceof ConfigError) return [];
    throw error;
  }
}
