// Preloaded (`node --import`) after tsx by every process that runs a file of a suite: see loader.ts.
import Module, {register} from 'node:module';
import {fileURLToPath} from 'node:url';

import {LIBRARY} from './library.ts';

register(`./hooks${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url);
resolveForRequire();

/** Does for `require` what the hooks do for `import`: tsx turns the imports of plain `.js` and `.cts` into it. */
function resolveForRequire(): void {
  const name = '_resolveFilename';
  const original: unknown = Reflect.get(Module, name);
  if (typeof original !== 'function') return;
  Reflect.set(Module, name, function resolveFilename(this: unknown, request: string, ...rest: unknown[]): unknown {
    if (request === 'mac/suite') return fileURLToPath(LIBRARY);
    return Reflect.apply(original, this, [request, ...rest]) as unknown;
  });
}
