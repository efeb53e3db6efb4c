import {fileURLToPath} from 'node:url';

/** Returned by each step of Node's module loader; more than we read is passed on. */
interface Resolved {
  readonly url: string;
  readonly format?: string | null | undefined;
  readonly shortCircuit?: boolean;
}

type NextResolve = (specifier: string, context: unknown) => Promise<Resolved>;

/** This very library, so that a suite anywhere on the disk finds it without having installed it. */
const LIBRARY = new URL(`../index${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url).href;

/**
 * Resolves `mac/suite` to this library, whoever imports it; and takes TypeScript for modules also in a folder whose
 * package does not say so, where a suite could neither `await` nor `export`.
 */
export async function resolve(specifier: string, context: unknown, next: NextResolve): Promise<Resolved> {
  if (specifier === 'mac/suite') return {url: LIBRARY, format: 'module', shortCircuit: true};
  const found = await next(specifier, context);
  return found.format === 'commonjs' && isTypeScript(found.url) ? {...found, format: 'module'} : found;
}

function isTypeScript(url: string): boolean {
  return url.startsWith('file:') && fileURLToPath(url.replace(/[?#].*$/, '')).endsWith('.ts');
}
