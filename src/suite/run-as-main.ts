import {spawn} from 'node:child_process';
import {constants} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';

import {PACKAGE_ROOT} from '../core/version.ts';
import {EVALUATION_VARIABLE} from './suite-description.ts';

/**
 * Runs `mac suite FILE` with the flags of this process when the file that called a function is the program of this
 * process, e.g. `tsx suite.ts --dry-run`. The process then ends with the command's exit code.
 */
export function runAsMain(calledFunction: object): void {
  const [, program, ...flags] = process.argv;
  if (program === undefined || process.env[EVALUATION_VARIABLE] !== undefined) return;
  if (findCaller(calledFunction) !== program) return;
  // After the module: a mistake in the rest of it is reported first.
  setImmediate(() => {
    const command = spawn(process.execPath, [join(PACKAGE_ROOT, 'bin/mac.js'), 'suite', program, ...flags], {
      stdio: 'inherit',
    });
    // Ctrl-C reaches the command itself, which then ends in order; other signals are for us to pass on.
    process.on('SIGINT', () => undefined);
    process.on('SIGTERM', () => void command.kill('SIGTERM'));
    command.on('exit', (code, signal) => {
      process.exitCode = code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
    });
  });
}

/** Returns the path of the file that called a function. */
function findCaller(calledFunction: object): string | undefined {
  // eslint-disable-next-line @typescript-eslint/unbound-method -- only put back
  const prepare = Error.prepareStackTrace;
  try {
    const holder: {stack?: unknown} = {};
    Error.prepareStackTrace = (_error, sites) => sites[0]?.getFileName() ?? undefined;
    Error.captureStackTrace(holder, calledFunction as () => void);
    const file = holder.stack;
    if (typeof file !== 'string') return undefined;
    return file.startsWith('file:') ? fileURLToPath(file.replace(/\?.*$/, '')) : file;
  } finally {
    Error.prepareStackTrace = prepare;
  }
}
