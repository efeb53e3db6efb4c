import {execFileSync} from 'node:child_process';
import {existsSync} from 'node:fs';
import {chromium, type Browser} from 'playwright-core';
import {describe} from 'vitest';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

function findBrowser(): string | undefined {
  return [process.env['CHROMIUM'] ?? '', ...PLACES].find(path => path !== '' && existsSync(path));
}

/** Debian's package; not tried where there is no root or no Debian. */
function canInstall(): boolean {
  return process.getuid?.() === 0 && existsSync('/usr/bin/apt-get') && existsSync('/etc/debian_version');
}

/** A suite that looks at pages in a real browser; skipped, loudly, where there is none and none can be installed. */
export function describeInBrowser(title: string, body: () => void): void {
  const can = findBrowser() !== undefined || canInstall();
  if (!can) console.warn(`SKIPPED: ${title}: needs Chromium ($CHROMIUM, ${PLACES.join(', ')})`);
  describe.skipIf(!can)(title, body);
}

/** Starts Chromium; the first time on a Debian machine it is installed. */
export async function startBrowser(): Promise<Browser> {
  if (findBrowser() === undefined) {
    const options = {stdio: 'ignore', env: {...process.env, DEBIAN_FRONTEND: 'noninteractive'}} as const;
    const update = 'apt-get -o DPkg::Lock::Timeout=300 update';
    const install = 'apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends chromium';
    // An update beside that of another test finds the lists locked, and waits for nobody.
    execFileSync(
      'bash',
      ['-c', `${install} || { for i in {1..30}; do ${update} && break; sleep 10; done; ${install}; }`],
      options,
    );
  }
  // Root cannot use the sandbox; the pages are our own.
  return chromium.launch({executablePath: findBrowser()!, args: ['--no-sandbox'], timeout: 300_000});
}
