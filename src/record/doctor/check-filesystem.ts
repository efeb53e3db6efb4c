import {spawn, type ChildProcessByStdio} from 'node:child_process';
import {randomUUID} from 'node:crypto';
import {mkdir, open, readFile, readdir, rm, stat, utimes, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import type {Readable, Writable} from 'node:stream';
import {fileURLToPath} from 'node:url';

import type {Clock} from '../../core/clock.ts';
import {errorMessage, systemErrorCode} from '../../core/errors.ts';
import {fail, ok, warn, type Finding} from '../../core/finding.ts';
import {writeFileAtomic} from '../disk/atomic-file.ts';
import {exists} from '../disk/read-file.ts';
import {raiseFence} from '../lease/fence.ts';
import {withLockIfFree} from '../disk/shared-lock.ts';
import {appendUnderLock, createExclusively, LINE_COUNT, NAME_COUNT} from './second-process.ts';

const OTHER_FILESYSTEM_ADVICE = 'put the workspace on another filesystem ($MAC_FAIRNESS_WORKSPACE), and tell your site';

/**
 * Tries out what records need of the filesystem under `folder`, with a second process of this machine as the other
 * node. Leaves nothing behind.
 *
 * What two processes of one machine can show is necessary, not sufficient: mac asks for no more than this, but a
 * filesystem may differ between nodes.
 */
export async function checkFilesystem(folder: string, clock: Clock): Promise<Finding[]> {
  const probe = join(folder, `.doctor.${randomUUID()}`);
  try {
    await mkdir(probe); // not recursive: Node says ENOENT then, where the filesystem is read-only
    await writeFile(join(probe, 'first'), 'x'.repeat(10_000));
  } catch (error) {
    await rm(probe, {recursive: true, force: true}).catch(() => undefined);
    return [fail('write', `${folder}: ${errorMessage(error)}`, writeAdvice(error))];
  }
  const findings = [ok('write', folder)];
  try {
    for (const [check, look] of CHECKS) {
      findings.push(
        await look(probe, clock).catch((error: unknown) => fail(check, errorMessage(error), OTHER_FILESYSTEM_ADVICE)),
      );
    }
  } finally {
    await rm(probe, {recursive: true, force: true, maxRetries: 10}).catch(() => undefined);
  }
  return findings;
}

function writeAdvice(error: unknown): string {
  switch (systemErrorCode(error)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return 'free some space, or ask for more quota';
    case 'EROFS':
      return 'the filesystem is read-only here: log in where it is writable, or use another workspace';
    default:
      return 'make it writable for you, or use another workspace ($MAC_FAIRNESS_WORKSPACE)';
  }
}

type Check = (probe: string, clock: Clock) => Promise<Finding>;

const CHECKS: readonly (readonly [string, Check])[] = [
  ['atomic rename', checkRename],
  ['exclusive create', checkExclusiveCreate],
  ['append under lock', checkAppend],
  ['lock', checkLock],
  ['stale lock', checkStaleLock],
  ['fence', checkFence],
  ['clock', checkClock],
  ['fsync', checkSync],
  ['names', checkNames],
];

async function checkRename(probe: string): Promise<Finding> {
  const path = join(probe, 'replaced.json');
  const text = (state: string): string => JSON.stringify({state, filling: 'x'.repeat(20_000)});
  await writeFileAtomic(path, text('on'), {durable: false});
  const {absent, torn, reads} = await SecondProcess.during('read', probe, async other => {
    for (let i = 0; i < 200; i++) await writeFileAtomic(path, text('on'), {durable: false});
    await writeFileAtomic(path, text('end'), {durable: false});
    return (await other.result()) as {absent: number; torn: number; reads: number};
  });
  if (torn > 0)
    return fail('atomic rename', `a file that is replaced was read torn ${torn} times`, OTHER_FILESYSTEM_ADVICE);
  if (absent > 0) {
    const found = `a file that is replaced was absent for an instant, ${absent} of ${absent + reads} times`;
    return warn('atomic rename', found, 'mac reads again; other programs that read manifests should do so too');
  }
  return ok('atomic rename', 'a file that is replaced is always whole');
}

async function checkExclusiveCreate(probe: string): Promise<Finding> {
  const [ours, theirs] = await SecondProcess.during('create', probe, async other => [
    await createExclusively(probe),
    (await other.result()) as number[],
  ]);
  const winners = new Set([...ours, ...theirs]);
  const both = ours.length + theirs.length - winners.size;
  if (both > 0)
    return fail('exclusive create', `${both} of ${NAME_COUNT} names had two creators`, OTHER_FILESYSTEM_ADVICE);
  if (winners.size < NAME_COUNT)
    return fail('exclusive create', `${NAME_COUNT - winners.size} names had no creator`, OTHER_FILESYSTEM_ADVICE);
  return ok('exclusive create', `one creator each of ${NAME_COUNT} names`);
}

async function checkAppend(probe: string, clock: Clock): Promise<Finding> {
  const tookMs = await SecondProcess.during('append', probe, async other => {
    const startMs = clock.monotonic();
    await appendUnderLock(probe, 'a');
    await other.result();
    return clock.monotonic() - startMs;
  });
  const perSecond = Math.round((2 * LINE_COUNT * 1000) / Math.max(1, tookMs));
  const lines = (await readFile(join(probe, 'shared.jsonl'), 'utf8')).split('\n').filter(Boolean);
  const whole = new Set(lines.filter(line => line.endsWith('x"}')).map(line => line.slice(0, 24)));
  if (whole.size !== 2 * LINE_COUNT) {
    return fail(
      'append under lock',
      `${2 * LINE_COUNT - whole.size} of ${2 * LINE_COUNT} lines are lost or torn`,
      OTHER_FILESYSTEM_ADVICE,
    );
  }
  const found = `two processes, ${2 * LINE_COUNT} lines, none lost; ${perSecond} locks/s`;
  if (perSecond >= 20) return ok('append under lock', found);
  return warn('append under lock', found, 'very slow: prefer few large tasks, and --tasks-per-job');
}

async function checkLock(probe: string): Promise<Finding> {
  const got = await SecondProcess.during('hold', probe, async other => {
    await other.line();
    return await withLockIfFree(join(probe, 'held'), () => Promise.resolve('both'));
  });
  if (got === 'busy') return ok('lock', 'one holder at a time');
  return fail('lock', 'two processes held one lock at once', OTHER_FILESYSTEM_ADVICE);
}

/** Checks that a stale lock is free: that of the check before, whose holder was killed, made to look old. */
async function checkStaleLock(probe: string, clock: Clock): Promise<Finding> {
  const lock = join(probe, 'held.lock');
  const old = new Date(clock.now() - 120_000);
  await utimes(lock, old, old);
  const got = await withLockIfFree(join(probe, 'held'), () => Promise.resolve('ours'));
  if (got === 'ours') return ok('stale lock', 'a lock of a killed process is taken over');
  const advice = 'after a crash, locks (folders named *.lock) must be removed by hand';
  return warn('stale lock', 'a lock of a killed process was not taken over', advice);
}

async function checkFence(probe: string): Promise<Finding> {
  const earlier = await raiseFence([probe], 'fence', 1);
  await earlier.write(join(probe, 'fenced'), 'earlier');
  const later = await raiseFence([probe], 'fence', 2);
  await later.write(join(probe, 'fenced'), 'later');
  const crossed = await earlier.write(join(probe, 'fenced'), 'too late').then(
    () => true,
    () => false,
  );
  await later.lower();
  if (crossed) return fail('fence', 'a process that lost its task could still write to it', OTHER_FILESYSTEM_ADVICE);
  return ok('fence', 'a process that lost its task cannot write to it');
}

/** Beyond this, locks can be taken from living holders. */
const SKEW_WARN_MS = 2_000;
const SKEW_FAIL_MS = 10_000;

async function checkClock(probe: string, clock: Clock): Promise<Finding> {
  const before = clock.now();
  await writeFile(join(probe, 'touched'), 'now');
  const after = clock.now();
  const {mtimeMs} = await stat(join(probe, 'touched'));
  const skewMs = mtimeMs < before ? mtimeMs - before : Math.max(0, mtimeMs - after);
  const found = `${describeSkew(skewMs)} this machine's`;
  const advice = 'have the clocks of this machine and the file server set by NTP';
  if (Math.abs(skewMs) > SKEW_FAIL_MS) return fail('clock', found, advice);
  if (Math.abs(skewMs) > SKEW_WARN_MS) return warn('clock', found, advice);
  return ok('clock', found);
}

function describeSkew(skewMs: number): string {
  // File times come in steps of a timer tick (4 ms), on some servers of a second.
  if (Math.abs(skewMs) < 20) return 'the file server’s clock agrees with';
  const seconds = (Math.abs(skewMs) / 1000).toFixed(2);
  return `the file server’s clock is ${seconds} s ${skewMs > 0 ? 'ahead of' : 'behind'}`;
}

const SLOW_SYNC_MS = 200;

async function checkSync(probe: string, clock: Clock): Promise<Finding> {
  const times: number[] = [];
  for (let i = 0; i < 5; i++) {
    const startMs = clock.monotonic();
    await writeFileAtomic(join(probe, 'synced'), `${i}`);
    times.push(clock.monotonic() - startMs);
  }
  const median = times.sort((a, b) => a - b)[2] ?? 0;
  const found = `a small file is safe after ${median.toFixed(1)} ms`;
  if (median > SLOW_SYNC_MS) return warn('fsync', found, 'slow: records will lag behind; results are not affected');
  const folder = await open(probe, 'r');
  const code = await folder.sync().then(
    () => undefined,
    (error: unknown) => systemErrorCode(error) ?? errorMessage(error),
  );
  await folder.close();
  return ok('fsync', code === undefined ? found : `${found}; folders cannot be synced (${code})`);
}

async function checkNames(probe: string): Promise<Finding> {
  const names = ['x'.repeat(250), 'Grüße 漢字 🙂', `a "quoted" 'name' $(here)`, 'time_12:30:00', 'Case'];
  const bad: string[] = [];
  for (const name of names) {
    const isThere = await writeFile(join(probe, name), '').then(
      async () => (await readdir(probe)).includes(name),
      () => false,
    );
    if (!isThere) bad.push(name.slice(0, 20));
  }
  if (bad.length > 0) {
    return warn('names', `not possible: ${bad.join(', ')}`, 'keep names of experiments short and plain');
  }
  if (!(await exists(join(probe, 'case'))))
    return ok('names', 'long names, unicode, quotes, colons; upper and lower case differ');
  return warn('names', 'upper and lower case are the same', 'let names of experiments differ by more than case');
}

type Child = ChildProcessByStdio<Writable, Readable, null>;

/** The other process, which waits to be told to begin. */
class SecondProcess {
  readonly #child: Child;
  readonly #lines: AsyncIterator<string, undefined>;

  private constructor(child: Child) {
    this.#child = child;
    this.#lines = createInterface({input: child.stdout})[Symbol.asyncIterator]();
    // One that cannot be started, or ended early, is noticed when a line of its is awaited.
    child.on('error', () => undefined);
    child.stdin.on('error', () => undefined);
  }

  /**
   * Runs `work` from when the other process has begun its part; afterwards, however the work went, that process is
   * ended.
   */
  static async during<T>(part: string, folder: string, work: (other: SecondProcess) => Promise<T>): Promise<T> {
    const script = fileURLToPath(new URL('./second-process-main.js', import.meta.url));
    const child = spawn(process.execPath, [script, part, folder], {stdio: ['pipe', 'pipe', 'inherit']});
    const other = new SecondProcess(child);
    try {
      await other.line();
      child.stdin.write('begin\n');
      return await work(other);
    } finally {
      await other.#kill();
    }
  }

  async line(): Promise<string> {
    const next = await this.#lines.next();
    if (next.done === true) throw new Error('the second process ended early');
    return next.value;
  }

  async result(): Promise<unknown> {
    return JSON.parse(await this.line());
  }

  async #kill(): Promise<void> {
    const {pid, exitCode, signalCode} = this.#child;
    if (pid === undefined || exitCode !== null || signalCode !== null) return;
    const gone = new Promise(resolve => this.#child.once('exit', resolve));
    this.#child.kill('SIGKILL');
    await gone;
  }
}
