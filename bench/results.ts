import {execFileSync} from 'node:child_process';
import {mkdirSync, rmSync, statfsSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join, resolve} from 'node:path';

import {MOST_TASKS, transcriptPaths, writeManyRecords} from './many-records.ts';
import {report} from './report.ts';

const CONVERSATIONS = 200;
const TRANSCRIPT_BYTES = 13 * 1024;

/**
 * `mac results` over 1,848 tasks × 200 conversations against `cat` over the same files, both with a warm page cache, and then once more from its own cache.
 * BENCH_RECORDS names a folder that keeps the records for the next time (4.5 GB); BENCH_TASKS takes fewer of them.
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
  cat(); // what is not in the page cache is now, if it fits
  const first = cat();
  forgetResults(workspace);
  const cold = mac(workspace);
  const baseline = Math.min(first, cat());
  const warm = mac(workspace);
  console.log(
    `  ${paths.length} transcripts; cat: ${baseline.toFixed(2)} s; mac results: ${cold.seconds.toFixed(2)} s`,
  );
  report('mac results, first time', paths.length / cold.seconds, 'transcripts/s', {
    value: (0.5 * paths.length) / baseline,
    name: 'half the rate of cat',
    atLeast: true,
  });
  report('  its memory', cold.megabytes, 'MB', {value: 1000, name: 'the limit'});
  report('mac results, second time', warm.seconds, 's', {value: 3, name: 'the limit'});
  report('  its memory', warm.megabytes, 'MB', {value: 1000, name: 'the limit'});
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

/** The command in a process of its own, which tells its memory at the end. */
function mac(cwd: string): {seconds: number; megabytes: number} {
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
