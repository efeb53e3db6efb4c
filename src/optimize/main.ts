import {readFile} from 'node:fs/promises';
import {parseArgs} from 'node:util';

import {systemClock} from '../core/clock.ts';
import {errorMessage} from '../core/errors.ts';
import {describeIssues} from '../core/text/describe-issues.ts';
import {writeFileAtomic} from '../record/disk/atomic-file.ts';
import {renderJson} from '../record/disk/json-text.ts';
import {optimizeJobSchema, type OptimizeJob} from './job.ts';
import {runJob} from './run/run-job.ts';

/**
 * The program of one job: `node dist/optimize/main.js --job FILE`. Writes its files into `$MAC_OUTPUT_DIR` and its
 * result into `$MAC_RESULT_FILE`, which says whether the job failed; the exit code is 0 once that is written.
 */
async function main(): Promise<number> {
  const {values} = parseArgs({options: {job: {type: 'string'}}});
  const {env} = process;
  const path = values.job ?? env['MAC_CONFIG_FILE'];
  const [folder, resultFile] = [env['MAC_OUTPUT_DIR'], env['MAC_RESULT_FILE']];
  if (path === undefined || !folder || !resultFile) {
    process.stderr.write('usage: MAC_OUTPUT_DIR=DIR MAC_RESULT_FILE=FILE node dist/optimize/main.js --job FILE\n');
    return 2;
  }
  const result = await runJob(await readJob(path), {
    folder,
    env,
    clock: systemClock,
    attempt: Number(env['MAC_ATTEMPT'] ?? 0),
    print: line => process.stdout.write(`${line}\n`),
    signal: new AbortController().signal,
  });
  if (result.traceback !== null) process.stderr.write(`${result.traceback}\n`);
  await writeFileAtomic(resultFile, renderJson(result));
  process.stdout.write(`${result.status}${result.reason === undefined ? '' : `: ${result.reason}`}\n`);
  return 0;
}

async function readJob(path: string): Promise<OptimizeJob> {
  const value: unknown = JSON.parse(await readFile(path, 'utf8'));
  const parsed = optimizeJobSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new Error(`${path} is no job: ${describeIssues(parsed.error, value)}`);
}

process.exitCode = await main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : errorMessage(error)}\n`);
  return 1;
});
