import {dirname, resolve} from 'node:path';

import {ConfigError} from '../../config/problem.ts';
import {readConfigText} from '../../config/read-config.ts';
import {findBase, mergeBench} from '../../plan/bench/merge-base.ts';

/** Bases of bases at most: more are a mistake. */
const MAX_BASES = 10;

/**
 * Returns the text of a benchmark matrix with what it has from the files that it extends, so that its snapshot stands
 * alone. A file that extends none is returned as it is.
 *
 * @param path of the file; the base that it names is relative to its folder.
 * @throws ConfigError when bases go round in a circle; UserError `config-missing`, … as `readConfigText`.
 */
export async function readBench(path: string, text: string): Promise<string> {
  const seen = [resolve(path)];
  const bases: string[] = [];
  let base = findBase(text);
  while (base !== undefined) {
    const next = resolve(dirname(seen.at(-1) ?? path), base);
    if (seen.includes(next) || seen.length > MAX_BASES) {
      const found = `${base}, which leads back to ${seen.includes(next) ? 'a file that extends it' : 'ever more files'}`;
      throw new ConfigError([{file: path, path: ['extends'], found, expected: 'a base that stands alone in the end'}]);
    }
    seen.push(next);
    const read = await readConfigText(next);
    bases.push(read.text);
    base = findBase(read.text);
  }
  if (bases.length === 0) return text;
  // The farthest first: every file is laid over what its own base came to.
  const merged = bases.reduceRight((under, over) => mergeBench(under, over));
  return mergeBench(merged, text);
}
