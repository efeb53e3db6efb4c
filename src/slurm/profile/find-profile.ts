import {join, resolve} from 'node:path';

import {UserError} from '../../core/errors.ts';
import {PACKAGE_ROOT} from '../../core/version.ts';
import {exists} from '../../record/disk/read-file.ts';

/** Locations that decide which folders are searched for profiles. */
export interface ProfileFolders {
  readonly workspace: string;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Returns the user's own profile of the name `default`, if there is one. */
export async function findDefaultProfile({workspace, env}: ProfileFolders): Promise<string | undefined> {
  for (const folder of ownFolders(workspace, env)) {
    const path = join(folder, 'default.yaml');
    if (await exists(path)) return path;
  }
  return undefined;
}

/**
 * Returns the file of a profile: a path, or a name that is looked up in the workspace, in
 * `$XDG_CONFIG_HOME/mac/profiles`, and among those that come with mac.
 *
 * @throws UserError `profile-missing`.
 */
export async function findProfile(selector: string, {workspace, cwd, env}: ProfileFolders): Promise<string> {
  const isPath = selector.includes('/') || /\.ya?ml$/.test(selector);
  const folders = profileFolders(workspace, env);
  const candidates = [
    ...(isPath ? [resolve(cwd, selector)] : []),
    ...(selector.includes('/') ? [] : folders.map(folder => join(folder, `${selector.replace(/\.ya?ml$/, '')}.yaml`))),
  ];
  for (const path of candidates) if (await exists(path)) return path;
  throw new UserError(
    'profile-missing',
    `no profile "${selector}": looked for ${[...new Set(candidates)].join(', ')}`,
    {
      hint: 'write one with: mac slurm profile init',
    },
  );
}

/** Returns the folders where names of profiles are looked up, first to last. */
export function profileFolders(workspace: string, env: ProfileFolders['env']): string[] {
  return [...ownFolders(workspace, env), join(PACKAGE_ROOT, 'slurm/profiles')];
}

function ownFolders(workspace: string, env: ProfileFolders['env']): string[] {
  const home = env['XDG_CONFIG_HOME'] || (env['HOME'] ? join(env['HOME'], '.config') : undefined);
  return [join(workspace, 'slurm/profiles'), ...(home === undefined ? [] : [join(home, 'mac/profiles')])];
}
