// Runs in a process of its own: loads the file of a suite and writes it down as data. See runs/open/read-suite.ts.
import {writeFileSync} from 'node:fs';
import {pathToFileURL} from 'node:url';

import {errorMessage} from '../../core/errors.ts';
import {isSuite} from '../define-suite.ts';
import type {Evaluated} from './evaluated.ts';

const [, , file = '', output = ''] = process.argv;

let evaluated: Evaluated;
try {
  const exported: unknown = await import(pathToFileURL(file).href);
  evaluated = describe(exported);
} catch (error) {
  evaluated = {kind: 'failed', reason: describeError(error)};
}
writeFileSync(output, JSON.stringify(evaluated));
// Whatever the suite left open (servers, timers) must not keep us waiting.
// eslint-disable-next-line no-restricted-syntax -- the end of this process
process.exit(0);

function describe(module: unknown): Evaluated {
  const suites = findSuites(module);
  const [suite] = suites;
  if (suites.length > 1)
    return {kind: 'failed', reason: `it exports ${suites.length} suites; expected one, the default`};
  return suite ? {kind: 'suite', data: suite.data} : {kind: 'no-suite'};
}

/** Looks at the default export; a file that Node takes for CommonJS has it one level deeper. */
function findSuites(module: unknown): {data: object}[] {
  if (module === null || typeof module !== 'object') return [];
  const found = new Set<unknown>(Object.values(module));
  const deeper: unknown = Reflect.get(module, 'default');
  if (deeper !== null && typeof deeper === 'object') found.add(Reflect.get(deeper, 'default'));
  return [...found].filter(isSuite);
}

/** Mistakes of the author in their own words; of anything else also where it was thrown. */
function describeError(error: unknown): string {
  if (!(error instanceof Error)) return `it threw ${String(error)}`;
  if (error.name === 'SuiteError') return error.message;
  const places = (error.stack ?? '').split('\n').filter(line => /^\s+at /.test(line) && !line.includes('node:'));
  return [`${error.name}: ${errorMessage(error)}`, ...places.slice(0, 3)].join('\n');
}
