import {createRequire} from 'node:module';
import {pathToFileURL} from 'node:url';

import {errorMessage, UserError} from '../../core/errors.ts';

/**
 * Returns the options with which Node runs the file of a suite or of an entry: TypeScript or JavaScript, in any folder,
 * with `import … from 'mac/suite'`.
 *
 * @throws UserError `packages-missing`.
 */
export function loaderOptions(): string[] {
  const own = new URL(`./register${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url);
  return ['--import', findTsx(), '--import', own.href];
}

/** Finds tsx in our own packages, wherever the file is that it is to run. */
function findTsx(): string {
  try {
    return pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  } catch (error) {
    const why = `the package tsx, which runs TypeScript, is missing: ${errorMessage(error)}`;
    throw new UserError('packages-missing', why, {hint: 'install mac again (npm ci)'});
  }
}
