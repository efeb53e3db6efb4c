import {LIBRARY} from './library.ts';

/** Returned by each step of Node's module loader; more than we read is passed on. */
interface Resolved {
  readonly url: string;
  readonly format?: string | null | undefined;
  readonly shortCircuit?: boolean;
}

type NextResolve = (specifier: string, context: unknown) => Promise<Resolved>;

/**
 * Resolves `mac/suite` to this library, whoever imports it; and takes TypeScript for modules also in a folder whose
 * package does not say so, where a suite could neither `await` nor `export`.
 */
export async function resolve(specifier: string, context: unknown, next: NextResolve): Promise<Resolved> {
  if (specifier === 'mac/suite') return {url: LIBRARY, format: 'module', shortCircuit: true};
  const found = await next(specifier, context);
  if (found.format !== 'commonjs' || !found.url.startsWith('file:')) return found;
  // tsx asks in the query to have the file read as CommonJS, sometimes with the query in the path.
  const url = found.url.replace(/(?:%3F|\?)tsx-commonjs-.*$/, '');
  return url.endsWith('.ts') ? {...found, url, format: 'module'} : found;
}
