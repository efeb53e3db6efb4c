import {execFileSync} from 'node:child_process';
import {mkdirSync, rmSync, statfsSync, writeFileSync} from 'node:fs';
import {loadavg, tmpdir} from 'node:os';
import {join, resolve} from 'node:path';

import {MOST_TASKS, transcriptPaths, writeManyRecords} from './many-records.ts';
import {report} from './report.ts';

const CONVERSATIONS = 200;
const TRANSCRIPT_BYTES = 13 * 1024;

/**
 * `mac results` over 1,848 tasks × 200 conversations against `cat` over the same files: the first time with a cold disk
 * cache (as root on Linux, who may drop it), where the disk bounds both; the first time with all files in the page
 * cache, where the processor does; and then once more from its own cache. BENCH_RECORDS names a folder that keeps the
 * records for the next time (4.5 GB); BENCH_TASKS takes fewer of them.
 */
export function run(): void {
  const tasks = Number(process.env['BENCH_TASKS'] ?? MOST_TASKS);
  const kept = process.env['BENCH_RECORDS'];
  const workspace = resolve(kept ?? join(tmpdir(), `mac-bench-results-${process.pid}`));
  mkdirSync(workspace, {recursive: true});
  requireSpace(workspace, tasks * CONVERSATIONS * TRANSCRIPT_BYTES);
  writeManyRecords(workspace, {tasks, conversations: CONVERSATIONS});
  try {
    measure(workspace);
  } finally {
    if (kept === undefined) rmSync(workspace, {recursive: true});
  }
}

function measure(workspace: string): void {
  const paths = transcriptPaths(workspace);
  const list = join(workspace, 'transcripts.txt');
  writeFileSync(list, paths.join('\0'));
  const cat = (): number => seconds('sh', ['-c', `xargs -0 -P1 cat < "${list}" > /dev/null`]);
  const firstTime = (): Run => {
    forgetResults(workspace);
    return mac(workspace);
  };
  const compare = (what: string, reading: number, results: Run): void => {
    const load = loadavg()[0]!.toFixed(1);
    console.log(
      `  ${what}: ${paths.length} transcripts; cat ${reading.toFixed(2)} s, mac results ${results.seconds.toFixed(2)} s, load ${load}`,
    );
    report(`mac results, first time, ${what}`, paths.length / results.seconds, 'transcripts/s', {
      value: (0.5 * paths.length) / reading,
      name: 'half the rate of cat',
      atLeast: true,
    });
    report('  its memory', results.megabytes, 'MB', {value: 1000, name: 'the limit'});
  };
  if (dropDiskCache()) {
    const reading = cat();
    dropDiskCache();
    compare('disk cache cold', reading, firstTime());
  } else {
    console.log('  only root on Linux can empty the disk cache: nothing is measured cold');
  }
  cat(); // what is not in the page cache is now, if it fits
  const before = cat();
  const results = firstTime();
  compare('page cache warm', Math.min(before, cat()), results);
  const again = mac(workspace);
  report('mac results, second time', again.seconds, 's', {value: 3, name: 'the limit'});
  report('  its memory', again.megabytes, 'MB', {value: 1000, name: 'the limit'});
}

/** @returns whether it could be done. */
function dropDiskCache(): boolean {
  try {
    execFileSync('sync');
    writeFileSync('/proc/sys/vm/drop_caches', '3');
    return true;
  } catch {
    return false;
  }
}

function requireSpace(folder: string, bytes: number): void {
  const {bavail, bsize} = statfsSync(folder);
  if (bavail * bsize < 2 * bytes) throw new Error(`${folder}: the records need ${bytes / 1e9} GB, set BENCH_RECORDS`);
}

/** The caches of earlier runs. */
function forgetResults(workspace: string): void {
  rmSync(join(workspace, 'bookkeeping/results_cache'), {recursive: true, force: true});
}

function seconds(command: string, args: readonly string[]): number {
  const start = performance.now();
  execFileSync(command, args, {stdio: ['ignore', 'ignore', 'inherit']});
  return (performance.now() - start) / 1000;
}

interface Run {
  readonly seconds: number;
  readonly megabytes: number;
}

/** The command in a process of its own, which tells its memory at the end. */
function mac(cwd: string): Run {
  const script = `process.on('exit', () => require('node:fs').writeSync(2, String(process.resourceUsage().maxRSS)));
    import(${JSON.stringify(`file://${resolve(import.meta.dirname, '../dist/cli/main.js')}`)}).then(({main}) => main(['results', 'all']))`;
  const start = performance.now();
  const output = execFileSync('sh', ['-c', '"$0" "$@" 2>&1 >/dev/null', process.execPath, '-e', script], {
    cwd,
    encoding: 'utf8',
    env: {...process.env, MAC_FAIRNESS_WORKSPACE: cwd},
  });
  return {seconds: (performance.now() - start) / 1000, megabytes: Number(/\d+$/.exec(output.trim())![0]) / 1024};
}
