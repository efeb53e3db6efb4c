import {execFileSync} from 'node:child_process';
import {mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {onTestFinished} from 'vitest';

/** True if this process may mount filesystems; tests that need one say loudly that they skip. */
export const CAN_MOUNT = canMount();

/** A filesystem of its own at `folder`, small enough to fill; gone when the test is over. */
export class SmallDisk {
  readonly #folder: string;
  readonly #ballast: string;

  constructor(folder: string, sizeMiB = 8) {
    this.#folder = folder;
    this.#ballast = join(folder, 'ballast');
    mkdirSync(folder, {recursive: true});
    mount('-t', 'tmpfs', '-o', `size=${sizeMiB}m`, 'small-disk', folder);
    onTestFinished(() => unmount(folder));
  }

  /** Takes all space but this much, or all of it where others write at the same time. */
  fill(freeKiB: number): void {
    const {bavail, bsize} = statfsSync(this.#folder);
    try {
      writeFileSync(this.#ballast, Buffer.alloc(Math.max(0, bavail * bsize - freeKiB * 1024)));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    }
  }

  free(): void {
    rmSync(this.#ballast);
  }

  /** @returns false while a file on it is open for writing. */
  makeReadOnly(): boolean {
    try {
      mount('-o', 'remount,ro', this.#folder);
      return true;
    } catch {
      return false;
    }
  }

  makeWritable(): void {
    mount('-o', 'remount,rw', this.#folder);
  }
}

function mount(...args: string[]): void {
  execFileSync('mount', args, {stdio: 'pipe'});
}

function unmount(folder: string): void {
  execFileSync('umount', ['--lazy', folder], {stdio: 'pipe'});
}

function canMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'mac-mount-'));
  try {
    mount('-t', 'tmpfs', '-o', 'size=1m', 'small-disk', folder);
    unmount(folder);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(folder, {recursive: true, force: true});
  }
}
