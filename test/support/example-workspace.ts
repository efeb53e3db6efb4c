import {cpSync, existsSync, mkdirSync, readdirSync} from 'node:fs';
import {join, resolve} from 'node:path';

import {temporaryFolder, type WhenDone} from './temporary-folder.ts';

const ROOT = resolve(import.meta.dirname, '../..');

/** A worked example of `config/`. */
export interface Example {
  readonly kind: 'study' | 'bench' | 'suite';
  readonly file: string;
}

/** Lists the studies, matrices and suites of `config/`. */
export function listExamples(): Example[] {
  const list = (folder: string): string[] => readdirSync(join(ROOT, folder)).sort();
  return [
    ...list('config/studies').map((name): Example => ({kind: 'study', file: `config/studies/${name}/study.yaml`})),
    ...list('config/bench')
      .filter(name => name.endsWith('.yaml'))
      .map((name): Example => ({kind: 'bench', file: `config/bench/${name}`})),
    ...list('config/suites').map((name): Example => ({kind: 'suite', file: `config/suites/${name}/suite.ts`})),
  ].filter(({file}) => existsSync(join(ROOT, file)));
}

/** Makes a workspace with all worked examples. */
export function makeExampleWorkspace(whenDone?: WhenDone): string {
  const cwd = temporaryFolder('mac-examples-', undefined, whenDone);
  for (const folder of ['config', 'data/sample']) {
    mkdirSync(join(cwd, folder), {recursive: true});
    cpSync(join(ROOT, folder), join(cwd, folder), {recursive: true});
  }
  return cwd;
}
