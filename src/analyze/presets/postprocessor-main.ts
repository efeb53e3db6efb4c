import {createWriteStream, existsSync} from 'node:fs';
import {text} from 'node:stream/consumers';
import {isAbsolute, join, resolve} from 'node:path';
import {pathToFileURL} from 'node:url';

import {errorMessage} from '../../core/errors.ts';
import type {PostprocessorJob, PostprocessorReply} from './postprocessors.ts';

/** The descriptor from which the parent reads the reply. */
const REPLY_DESCRIPTOR = 3;

/** Imports a module by its path or, from the current folder, by its name. */
async function importModule(module: string, cwd: string): Promise<Readonly<Record<string, unknown>>> {
  const looksLikePath = isAbsolute(module) || /^\.{0,2}\/|\.[cm]?[jt]s$/.test(module);
  const path = resolve(cwd, module);
  if (looksLikePath || existsSync(path)) {
    if (!existsSync(path)) throw new Error(`there is no file ${path}`);
    if (!/\.[cm]?[jt]s$/.test(path)) throw new Error(`${path} is neither JavaScript nor TypeScript (.js, .mjs, .ts)`);
    return (await import(pathToFileURL(path).href)) as Readonly<Record<string, unknown>>;
  }
  const found = import.meta.resolve(module, pathToFileURL(join(cwd, 'here.js')).href);
  return (await import(found)) as Readonly<Record<string, unknown>>;
}

async function perform({module, functionName, cwd, records, outDir, context}: PostprocessorJob): Promise<unknown> {
  const exported = (await importModule(module, cwd))[functionName];
  if (typeof exported !== 'function') throw new Error(`${module} exports no function ${functionName}`);
  const postprocess = exported as (...given: readonly unknown[]) => unknown;
  return await postprocess(records, outDir, context);
}

/** Returns what JSON can hold of a result; of other things their text. */
function toJson(result: unknown): unknown {
  if (typeof result === 'bigint' || typeof result === 'symbol') return result.toString();
  return typeof result === 'function' ? `function ${result.name}` : (result ?? null);
}

async function reply(): Promise<PostprocessorReply> {
  try {
    const job = JSON.parse(await text(process.stdin)) as PostprocessorJob;
    const result = toJson(await perform(job));
    // Before it counts as a success: a circular result is the postprocessor's mistake.
    JSON.stringify(result);
    return {result};
  } catch (error) {
    return {error: errorMessage(error)};
  }
}

const answer = JSON.stringify(await reply());
const stream = createWriteStream('', {fd: REPLY_DESCRIPTOR});
// Timers and servers that the postprocessor left open do not keep the evaluation waiting.
stream.end(answer, () => process.kill(process.pid, 'SIGKILL'));
