import {existsSync} from 'node:fs';
import {execa, execaSync} from 'execa';

let isThere: boolean | undefined;

/** Returns whether shellcheck can be run; installs it where possible, and says loudly when it cannot. */
export function hasShellcheck(): boolean {
  isThere ??= isInstalled() || install();
  if (!isThere) console.warn('SKIPPED: shellcheck is not installed, and only root on Debian or Ubuntu can install it');
  return isThere;
}

function isInstalled(): boolean {
  return execaSync('shellcheck', ['--version'], {reject: false}).exitCode === 0;
}

function install(): boolean {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return false;
  const apt = (...args: string[]) =>
    execaSync('apt-get', ['-qq', '-o', 'DPkg::Lock::Timeout=300', ...args], {
      env: {DEBIAN_FRONTEND: 'noninteractive'},
      reject: false,
    });
  if (apt('install', '-y', '--no-install-recommends', 'shellcheck').exitCode !== 0) {
    apt('update');
    apt('install', '-y', '--no-install-recommends', 'shellcheck');
  }
  return isInstalled();
}

/** Returns the complaints of shellcheck and bash about a script; empty when there are none. */
export async function complaintsAbout(script: string): Promise<string> {
  const syntax = await execa('bash', ['-n'], {input: script, reject: false});
  const style = await execa('shellcheck', ['--shell=bash', '-'], {input: script, reject: false});
  return syntax.stderr + style.stdout + style.stderr;
}
