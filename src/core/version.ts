import {readFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';

import {checkedOutCommit} from './git-commit.ts';

const ROOT = new URL('../../', import.meta.url);

/** The folder of the package, which holds bin, dist, templates and examples. */
export const PACKAGE_ROOT = fileURLToPath(ROOT);

/** The released version, as in package.json. */
export function packageVersion(): string {
  const {version} = JSON.parse(readFileSync(new URL('package.json', ROOT), 'utf8')) as {version: string};
  return version;
}

/**
 * The version for records: `0.1.0`, or `0.1.0+g1a2b3c4d5e6f` when it runs from a git checkout or from a copy that was
 * frozen there.
 */
export function codeVersion(): string {
  const frozen = readFrozenVersion();
  if (frozen !== undefined) return frozen;
  const commit = checkedOutCommit(PACKAGE_ROOT);
  return commit ? `${packageVersion()}+g${commit.slice(0, 12)}` : packageVersion();
}

/** The copy that submitted jobs run has left its checkout behind; it keeps the version in a file. */
function readFrozenVersion(): string | undefined {
  try {
    const {version} = JSON.parse(readFileSync(new URL('code.json', ROOT), 'utf8')) as {version?: unknown};
    return typeof version === 'string' ? version : undefined;
  } catch {
    return undefined;
  }
}
