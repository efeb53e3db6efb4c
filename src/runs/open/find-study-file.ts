import {stat} from 'node:fs/promises';
import {join} from 'node:path';

const NAMES = ['study.yaml', 'study.yml', 'study.json'];

/** Returns the file that a path means: of a folder the study in it, if there is one; else the path itself. */
export async function findStudyFile(path: string): Promise<string> {
  if (!(await hasKind(path, 'folder'))) return path;
  for (const name of NAMES) if (await hasKind(join(path, name), 'file')) return join(path, name);
  return path;
}

async function hasKind(path: string, kind: 'file' | 'folder'): Promise<boolean> {
  return await stat(path).then(
    found => (kind === 'file' ? found.isFile() : found.isDirectory()),
    () => false,
  );
}
