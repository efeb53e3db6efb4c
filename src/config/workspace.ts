import {existsSync, statSync} from 'node:fs';
import {join, resolve} from 'node:path';

import {UserError} from '../core/errors.ts';

type Variables = Readonly<Record<string, string | undefined>>;

/** The folders that the environment names. */
export interface Environment {
  /** Absolute. */
  readonly workspace: string;
  /** As given; relative ones are inside the workspace. */
  readonly experimentRoot: string | undefined;
}

/**
 * Reads `$MAC_FAIRNESS_WORKSPACE` (default: the current folder, if it holds `config/`) and
 * `$MAC_FAIRNESS_EXPERIMENT_ROOT`.
 *
 * @throws UserError `workspace-missing`, `workspace-damaged`.
 */
export function readEnvironment(env: Variables, cwd: string): Environment {
  return {
    workspace: requireFolders(findWorkspace(env['MAC_FAIRNESS_WORKSPACE'], cwd)),
    experimentRoot: env['MAC_FAIRNESS_EXPERIMENT_ROOT'] || undefined,
  };
}

/** Returns whether records are to hold prompts and match details: `MAC_FAIRNESS_DEBUG_FLAG=1`. */
export function isDebugging(env: Variables): boolean {
  return env['MAC_FAIRNESS_DEBUG_FLAG'] === '1';
}

/** Returns whether the live view is to show the waiting requests: `MAC_FAIRNESS_LIVE_STATUS=1`. */
export function wantsLiveStatus(env: Variables): boolean {
  return env['MAC_FAIRNESS_LIVE_STATUS'] === '1';
}

function findWorkspace(named: string | undefined, cwd: string): string {
  if (named) {
    const workspace = resolve(cwd, named);
    if (isFolder(workspace)) return workspace;
    throw new UserError('workspace-missing', `MAC_FAIRNESS_WORKSPACE is ${workspace}, which is not a folder`, {
      hint: 'create it, or set the variable to the folder that holds your config/ and data/',
    });
  }
  if (isFolder(join(cwd, 'config'))) return resolve(cwd);
  throw new UserError('workspace-missing', `${cwd} has no config/ folder and MAC_FAIRNESS_WORKSPACE is not set`, {
    hint: 'go to your workspace, or: export MAC_FAIRNESS_WORKSPACE=/path/to/workspace',
  });
}

/** Refuses a file in the place of the records, which would read as "nothing recorded yet". */
function requireFolders(workspace: string): string {
  for (const name of ['bookkeeping', 'experiment']) {
    const path = join(workspace, name);
    if (!existsSync(path) || statSync(path).isDirectory()) continue;
    throw new UserError('workspace-damaged', `${path} is a file; mac keeps its records in a folder of this name`, {
      hint: 'move it away, or set MAC_FAIRNESS_WORKSPACE to another folder',
    });
  }
  return workspace;
}

function isFolder(path: string): boolean {
  return existsSync(path) && statSync(path).isDirectory();
}
