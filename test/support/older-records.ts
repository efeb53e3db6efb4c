import {cpSync, existsSync, readdirSync} from 'node:fs';
import {join, resolve} from 'node:path';

import {HAS_SHARED, SHARED} from './golden.ts';
import {temporaryFolder} from './temporary-folder.ts';

const E2E = resolve(SHARED, 'golden/e2e');

/** The records that a stage of the older system left behind, as a workspace; null when it left none. */
export function olderWorkspace(name: string, stage: string): {workspace: string; experimentRoot: string} | null {
  const raw = join(E2E, name, stage, 'raw');
  const external = join(raw, 'EXT_ROOT/exp-root');
  const results = existsSync(external) ? external : join(raw, 'experiment');
  if (!existsSync(results) || !existsSync(join(raw, 'bookkeeping'))) return null;
  const workspace = temporaryFolder('mac-older-');
  cpSync(join(raw, 'bookkeeping'), join(workspace, 'bookkeeping'), {recursive: true});
  cpSync(results, join(workspace, 'experiment'), {recursive: true});
  const data = join(E2E, name, 'workspace/data');
  if (existsSync(data)) cpSync(data, join(workspace, 'data'), {recursive: true});
  return {workspace, experimentRoot: join(workspace, 'experiment')};
}

/** Every stage of every case; none where the golden runs are not at hand. */
export function olderStages(): [string, string][] {
  if (!HAS_SHARED) return [];
  return readdirSync(E2E).flatMap(name =>
    readdirSync(join(E2E, name))
      .filter(entry => /^stage\d+$/.test(entry))
      .map((stage): [string, string] => [name, stage]),
  );
}
