import {readFileSync} from 'node:fs';
import {join} from 'node:path';

import {systemClock} from '../../src/core/clock.ts';
import {optimizeJobSchema, type WrittenOptimizeJob} from '../../src/optimize/job.ts';
import type {JobResult} from '../../src/optimize/run/job-result.ts';
import {runJob} from '../../src/optimize/run/run-job.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';

/** A job that was run in this process, with its files. */
export interface RunJob {
  readonly result: JobResult;
  readonly folder: string;
  /** Lines that it printed. */
  readonly printed: readonly string[];
  readonly events: readonly any[];
  readonly history: readonly any[];
}

export async function runOne(
  job: WrittenOptimizeJob,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<RunJob> {
  const folder = temporaryFolder();
  const printed: string[] = [];
  const result = await runJob(optimizeJobSchema.parse(job), {
    folder,
    env,
    clock: systemClock,
    attempt: 1,
    print: line => printed.push(line),
    signal: new AbortController().signal,
  });
  return {
    result,
    folder,
    printed,
    events: readLines(join(folder, 'events.jsonl')),
    history: result.state_history_path === null ? [] : readLines(join(folder, result.state_history_path)),
  };
}

function readLines(path: string): any[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line));
}
