import {stat} from 'node:fs/promises';
import {dirname, isAbsolute, join} from 'node:path';
import {execa} from 'execa';

import {fail, type Finding, ok, warn} from '../../core/finding.ts';
import {listFolder} from '../disk/list-folder.ts';
import {isShared, readMount} from './check-space.ts';
import type {Layout} from '../layout.ts';

const TIMEOUT_MS = 20_000;
/** Equals `engines` in package.json. */
const OLDEST_NODE = [20, 19];

/** Checks that the Node.js of jobs exists, is new enough and is where nodes can see it. */
export async function checkNode(path: string, hasSlurm: boolean): Promise<Finding[]> {
  const {stdout, failed} = await execa(path, ['--version'], {reject: false, timeout: TIMEOUT_MS});
  if (failed)
    return [fail('node', `${path} does not run here`, 'set node_path in the profile to a Node.js that nodes have')];
  const [major = 0, minor = 0] = stdout.replace(/^v/, '').split('.').map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = OLDEST_NODE;
  if (major < oldestMajor || (major === oldestMajor && minor < oldestMinor)) {
    return [fail('node', `${path} is ${stdout}`, `Node.js ${OLDEST_NODE.join('.')} or newer is needed`)];
  }
  if (!hasSlurm || !isAbsolute(path)) return [ok('node', `${stdout}, ${path}`)];
  const mount = await readMount(path);
  if (isShared(mount)) return [ok('node', `${stdout}, ${path} (${mount.kind})`)];
  const found = `${stdout}, ${path} is on ${mount.kind} at ${mount.point}`;
  return [warn('node', found, 'nodes may not have it there: mac doctor --deep tries it; node_path chooses another')];
}

/** Counts the GPUs of this machine; login nodes have none. */
export async function checkLocalGpus(): Promise<Finding> {
  const {stdout, failed} = await execa('nvidia-smi', ['-L'], {reject: false, timeout: TIMEOUT_MS});
  if (failed) return ok('gpus here', 'none that nvidia-smi shows (jobs have their own)');
  const count = stdout.split('\n').filter(Boolean).length;
  return ok('gpus here', `${count}: ${stdout.split('\n')[0] ?? ''}`);
}

/** Checks that the workspace has configs where the examples expect them. */
export async function checkConfigFolder(layout: Layout): Promise<Finding[]> {
  const names = await listFolder(join(layout.workspace, 'config'));
  const configs = names.filter(name => /\.ya?ml$/.test(name)).length;
  if (configs > 0) return [ok('config', `${configs} configs in ${layout.workspace}/config`)];
  return [warn('config', `no configs in ${layout.workspace}/config`, 'put one there; configs may also lie elsewhere')];
}

/** Returns the folder, or the nearest existing one above it. */
export async function existingFolder(folder: string): Promise<string> {
  const isThere = await stat(folder).then(
    found => found.isDirectory(),
    () => false,
  );
  return isThere || dirname(folder) === folder ? folder : existingFolder(dirname(folder));
}
