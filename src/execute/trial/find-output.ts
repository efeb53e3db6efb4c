import {open, stat} from 'node:fs/promises';
import {resolve} from 'node:path';
import {stripVTControlCharacters} from 'node:util';

import type {Trial} from '../../core/trial.ts';
import type {ProcessLog} from '../process/process-log.ts';
import type {TrialPlaces} from './trial-places.ts';

/** Folder of a run that has ended, or why there is none. */
export type FoundOutput = {readonly folder: string} | {readonly missing: string};

/** Finds the folder of a run: the planned one, or the last that its output announced. */
export async function findOutput({runner}: Trial, places: TrialPlaces, log: ProcessLog): Promise<FoundOutput> {
  const mayAnnounce = runner.kind === 'command' && runner.output === 'announced';
  const announced = mayAnnounce ? await findAnnounced(log) : undefined;
  if (announced !== undefined) {
    const folder = resolve(places.cwd, announced);
    return (await isFolder(folder)) ? {folder} : {missing: `it announced ${folder}, which is no folder`};
  }
  if (await isFolder(places.output)) return {folder: places.output};
  if (!mayAnnounce) return {missing: `${places.output} is gone`};
  const hint = 'it makes it itself (mkdir -p "$MAC_OUTPUT_DIR"), or announces another';
  return {missing: `it announced no folder, and made no ${places.output}: ${hint}`};
}

export async function isFolder(path: string): Promise<boolean> {
  return await stat(path).then(
    found => found.isDirectory(),
    () => false,
  );
}

async function findAnnounced(log: ProcessLog): Promise<string | undefined> {
  let found: string | undefined;
  // A program may have removed its log.
  const file = await open(log.path, 'r').catch(() => undefined);
  if (!file) return undefined;
  for await (const line of file.readLines({start: log.startOffset})) found = parseAnnouncement(line) ?? found;
  return found;
}

const LABEL = 'Output directory:';

/** Returns the folder that a line of output names: `Output directory: X`, or anywhere in it `output_dir=X`. */
export function parseAnnouncement(line: string): string | undefined {
  const text = stripVTControlCharacters(line).trim();
  const named = text.startsWith(LABEL)
    ? text.slice(LABEL.length).trim()
    : /\boutput_dir=("[^"]+"|'[^']+'|\S+)/.exec(text)?.[1];
  const path = named?.replace(/^(["'])(.*)\1$/, '$2');
  return path === '' ? undefined : path;
}
