import {readFile, stat} from 'node:fs/promises';
import {dirname, extname, join, relative, resolve} from 'node:path';

import {pathInside} from '../../core/path-inside.ts';
import {canonicalJson, sha256} from '../../core/seeds/hash.ts';

/** The code that a case runs. */
export interface SuiteCode {
  /** Of the names and contents of the files: equal code has an equal hash wherever it lies. */
  readonly hash: string;
  /** Absolute; the entry first. */
  readonly files: readonly string[];
}

/**
 * Finds the entry of a suite and the local modules that it needs: those that relative imports reach inside a folder,
 * also `import('./x')`, `require('./x')` and files named by `new URL('./x', import.meta.url)`. Packages are not
 * followed, nor paths that are only computed.
 *
 * @param root what lies outside of it is not followed; the suite's repository.
 */
export async function hashSuiteCode(entry: string, root: string): Promise<SuiteCode> {
  const files = new Map<string, string>();
  const open = [entry];
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (files.has(file)) continue;
    const text = await readFile(file, 'utf8');
    files.set(file, sha256(text));
    if (!MODULE_ENDINGS.has(extname(file))) continue;
    for (const specifier of listSpecifiers(text)) {
      const found = await findModule(resolve(dirname(file), specifier));
      if (found !== undefined && pathInside(root, found) !== null) open.push(found);
    }
  }
  const names = [...files].map(([file, hash]) => [relative(dirname(entry), file), hash] as const);
  return {hash: sha256(canonicalJson(Object.fromEntries(names))), files: [...files.keys()]};
}

const MODULE_ENDINGS = new Set(['.ts', '.mts', '.cts', '.tsx', '.js', '.mjs', '.cjs', '.jsx']);

const SPECIFIERS = [
  /\b(?:from|import|require)\s*\(?\s*(['"`])(\.{1,2}\/[^'"`\n$]+)\1/g,
  /\bnew\s+URL\(\s*(['"`])(\.{1,2}\/[^'"`\n$]+)\1\s*,\s*import\.meta\.url/g,
];

/** Lists relative specifiers. One in a comment only makes the hash depend on one file more. */
function listSpecifiers(text: string): string[] {
  return SPECIFIERS.flatMap(pattern => [...text.matchAll(pattern)].map(([, , specifier = '']) => specifier));
}

/** Ways to name a module without its ending, or with that of its compiled file. */
const ENDINGS = ['', '.ts', '.mts', '.cts', '.tsx', '.js', '.mjs', '.cjs', '.jsx', '.json'];

async function findModule(path: string): Promise<string | undefined> {
  const typescript = path.replace(/\.([cm]?)js(x?)$/, '.$1ts$2');
  const candidates = [
    ...ENDINGS.map(ending => path + ending),
    typescript,
    ...ENDINGS.slice(1).map(ending => join(path, `index${ending}`)),
  ];
  for (const candidate of candidates) if (await isFile(candidate)) return candidate;
  return undefined;
}

async function isFile(path: string): Promise<boolean> {
  return await stat(path).then(
    found => found.isFile(),
    () => false,
  );
}
