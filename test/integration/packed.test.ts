import {cpSync, readFileSync, writeFileSync} from 'node:fs';
import {join, resolve} from 'node:path';
import {execa} from 'execa';
import {expect, test} from 'vitest';

import {recordsOf} from '../support/records.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';

const ROOT = resolve(import.meta.dirname, '../..');

/**
 * Without the variables by which npm tells its children about the project that it runs in; where it gets packages from
 * stays.
 */
const ENV = Object.fromEntries(
  Object.entries(process.env).filter(
    ([name]) => !/^(npm_|MAC_|NODE_ENV$)/i.test(name) || /^npm_config_(cache|registry|userconfig|cafile)$/i.test(name),
  ),
);

/** Packs what `npm test` built. (Without scripts: building anew would replace `dist` under the other tests.) */
async function pack(folder: string): Promise<string> {
  const {stdout} = await execa('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', folder], {
    cwd: ROOT,
    env: ENV,
    extendEnv: false,
  });
  const report: {filename: string}[] = Object.values(JSON.parse(stdout));
  return report[0]!.filename;
}

/**
 * Installs the tarball with the very versions of our lock file, so that what `npm ci` left in npm's cache is enough; a
 * plain `npm install` would ask the registry what is newest.
 */
async function install(folder: string, tarball: string): Promise<void> {
  const ours = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'));
  const {version, bin, dependencies, engines} = ours.packages[''];
  const needed = Object.entries<any>(ours.packages).filter(([path, {dev}]) => path !== '' && dev !== true);
  const root = {name: 'workspace', dependencies: {mac: `file:${tarball}`}};
  const lock = {
    ...root,
    lockfileVersion: ours.lockfileVersion,
    requires: true,
    packages: {
      '': root,
      'node_modules/mac': {version, bin, dependencies, engines, resolved: `file:${tarball}`},
      ...Object.fromEntries(needed),
    },
  };
  writeFileSync(join(folder, 'package.json'), JSON.stringify({...root, private: true}));
  writeFileSync(join(folder, 'package-lock.json'), JSON.stringify(lock));
  await execa('npm', ['ci', '--prefer-offline', '--no-audit', '--no-fund', '--omit=dev'], {
    cwd: folder,
    env: ENV,
    extendEnv: false,
  });
}

test('the packed command works in an empty folder that it was installed into', async () => {
  const folder = temporaryFolder('mac-packed-');
  await install(folder, await pack(folder));
  // As the README says: the samples come with the package.
  for (const name of ['config', 'data'])
    cpSync(join(folder, 'node_modules/mac', name), join(folder, name), {recursive: true});
  const mac = async (...args: string[]): Promise<string> => {
    const result = await execa('npx', ['--no-install', 'mac', ...args], {
      cwd: folder,
      env: ENV,
      extendEnv: false,
      reject: false,
    });
    expect(result.exitCode, result.stderr).toBe(0);
    return result.stdout;
  };

  expect(await mac('--version')).toBe(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).version);
  expect(await mac('run', 'config/quickstart.yaml')).toContain('9 of 9 tasks done');
  const {transcripts, indexLines, archives} = recordsOf(folder);
  expect([transcripts.length, indexLines.length, archives.length]).toEqual([108, 108, 1]);
  expect(await mac('ls')).toContain('quickstart');
  expect(await mac('show', 'bbq_sample_3')).toContain('bbq_sample_3');
});
