import {createHash} from 'node:crypto';
import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';

/** The rooms whose code decides what is computed from records. */
const ROOMS = ['analyze', 'config', 'core', 'questions', 'record'];

let known: string | undefined;

/**
 * Tells versions of the code apart that computes what is cached: a hash of its files (a few milliseconds, once). A
 * version number would miss every change between releases, and a cache that outlives a corrected formula is a wrong
 * number in a paper.
 */
export function codeFingerprint(): string {
  known ??= fingerprint(fileURLToPath(new URL('../../', import.meta.url)));
  return known;
}

function fingerprint(source: string): string {
  const hash = createHash('sha256');
  for (const room of ROOMS) {
    const files = readdirSync(join(source, room), {recursive: true, encoding: 'utf8'});
    for (const file of files.filter(name => /\.[jt]s$/.test(name)).sort()) {
      hash.update(`${room}/${file}\n`).update(readFileSync(join(source, room, file)));
    }
  }
  return hash.digest('hex').slice(0, 16);
}
