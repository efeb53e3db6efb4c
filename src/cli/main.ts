import {userErrorExitCode} from '../core/error-codes.ts';
import {UserError} from '../core/errors.ts';
import {escapeInvisible} from '../core/text/visible.ts';
import type {CommandIo, ExitCode} from './io.ts';
import {processIo} from './output/process-io.ts';

/**
 * Runs one command line.
 *
 * @returns the exit code: 0 done, 1 work left or failed, 2 the request was wrong, 70 our bug, 130/143 interrupted.
 */
export async function main(argv: readonly string[], io: CommandIo = processIo()): Promise<ExitCode> {
  // With a promise that never settles, Node would exit quietly with code 0.
  const onStall = (): void => {
    process.exitCode = report(
      new Error('Internal error: nothing is left to wait for, yet the command has not ended'),
      io,
    );
  };
  process.once('beforeExit', onStall);
  try {
    const {runProgram} = await import('./program.ts');
    return await runProgram(argv, io);
  } catch (error) {
    if (error instanceof UserError && argv.includes('--json')) io.stdout.write(renderErrorJson(error));
    return report(error, io);
  } finally {
    process.off('beforeExit', onStall);
  }
}

/** Renders an error for callers that asked for JSON; people read the same on stderr. */
function renderErrorJson(error: UserError): string {
  const {code, message, hint = null} = error;
  const problems = 'problems' in error ? error.problems : [];
  return `${JSON.stringify({schema: 'mac.error/1', exit_code: userErrorExitCode(code), code, message, hint, problems}, null, 2)}\n`;
}

function report(error: unknown, io: CommandIo): ExitCode {
  if (error instanceof UserError) {
    io.stderr.write(escapeInvisible(`mac: ${error.message}\n`));
    if (error.hint !== undefined) io.stderr.write(escapeInvisible(`  → ${error.hint}\n`));
    return userErrorExitCode(error.code);
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  io.stderr.write(`mac: this is a bug in mac, not in your config. Please report it with these lines:\n${text}\n`);
  return 70;
}
