import {readFile} from 'node:fs/promises';
import {dirname, join, relative} from 'node:path';

import {UserError} from '../../../core/errors.ts';
import {asMapping} from '../../../core/mapping.ts';
import {PACKAGE_ROOT} from '../../../core/version.ts';
import {cannotWrite, createFileExclusive, ensureFolder} from '../../../record/disk/atomic-file.ts';
import {exists, readJsonIfIntact} from '../../../record/disk/read-file.ts';
import {openLayout, type CommandIo, type ExitCode} from '../../io.ts';

const EXAMPLE = join(PACKAGE_ROOT, 'config/suites/demo');
const FILES = ['config.ts', 'run.ts', 'suite.ts'] as const;

/**
 * Runs `mac suite init NAME`: writes the example's files under another name, which run at once.
 *
 * @throws UserError `unsafe-name`, `file-exists`; nothing is replaced.
 */
export async function suiteInitCommand(name: string, io: CommandIo): Promise<ExitCode> {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(name)) {
    throw new UserError('unsafe-name', `${JSON.stringify(name)} cannot be the name of a folder`, {
      hint: 'letters, digits and . _ -, at most 64',
    });
  }
  const {workspace} = openLayout(io);
  const folder = join(workspace, 'config/suites', name);
  if (await exists(folder)) throw new UserError('file-exists', `${folder} is there already`);
  await ensureFolder(folder).catch((error: unknown) => {
    throw cannotWrite(folder, error);
  });
  for (const file of FILES) {
    const example = await readFile(join(EXAMPLE, file), 'utf8');
    await createFileExclusive(join(folder, file), example.replaceAll("'demo'", `'${name}'`));
  }
  const needsPackage = !(await isInModulePackage(folder));
  // Without it, Node and editors take the files for CommonJS, which cannot await.
  if (needsPackage) await createFileExclusive(join(folder, 'package.json'), '{"private": true, "type": "module"}\n');
  const shown = relative(io.cwd, folder) || '.';
  const files = [...FILES, ...(needsPackage ? ['package.json'] : [])].map(file => `  ${join(shown, file)}\n`);
  io.stdout.write(`wrote\n${files.join('')}run it: mac suite ${join(shown, 'suite.ts')}\n`);
  return 0;
}

/** Looks at the nearest `package.json`, as Node does. */
async function isInModulePackage(folder: string): Promise<boolean> {
  for (let parent = folder; parent !== dirname(parent); parent = dirname(parent)) {
    const path = join(parent, 'package.json');
    if (await exists(path)) return asMapping(await readJsonIfIntact(path))['type'] === 'module';
  }
  return false;
}
