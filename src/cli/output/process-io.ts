import {fstatSync, writeFileSync} from 'node:fs';

import {systemClock} from '../../core/clock.ts';
import {systemErrorCode, systemErrorText} from '../../core/errors.ts';
import type {CommandIo, Output} from '../io.ts';

/** Returns the real process: nothing else touches stdout, stderr, the environment and the clock for commands. */
export function processIo(): CommandIo {
  // If stderr fails, keep working; the exit code still tells the outcome.
  const stderr = output(process.stderr, () => undefined);
  const stdout = output(process.stdout, error => {
    stderr.write(`mac: cannot write the output: ${systemErrorText(error)}\n`);
    // Let the work finish; only its answer is lost.
    process.once('exit', code => {
      if (code === 0) process.exitCode = 1;
    });
  });
  return {stdout, stderr, env: process.env, cwd: process.cwd(), clock: systemClock};
}

type FileStream = NodeJS.WriteStream & {readonly fd: number};

/** @param onFailure is called once when the stream fails, but not when its reader has just gone. */
function output(stream: FileStream, onFailure: (error: unknown) => void): Output {
  let isClosed = false;
  const fail = (error: unknown): void => {
    if (isClosed) return;
    isClosed = true;
    // `mac plan --all | head` closes the pipe early: that is how pipes work, not an error.
    if (systemErrorCode(error) !== 'EPIPE') onFailure(error);
  };
  stream.on('error', fail);
  const isFile = isWrittenAtOnce(stream);
  return {
    write: text => {
      if (isClosed) return;
      if (!isFile) {
        stream.write(text);
        return;
      }
      try {
        // A stream would take a partial write, as on a full disk, for a whole one.
        writeFileSync(stream.fd, text);
      } catch (error) {
        fail(error);
      }
    },
    get isTerminal() {
      return stream.isTTY;
    },
    get columns() {
      return stream.isTTY ? stream.columns : 80;
    },
    get rows() {
      return stream.isTTY ? stream.rows : 0;
    },
    get isClosed() {
      return isClosed;
    },
  };
}

/** Returns whether a file or device is behind a stream: it takes a write or fails, and never asks to wait. */
function isWrittenAtOnce(stream: FileStream): boolean {
  if (stream.isTTY) return false;
  try {
    // Without `bigint`, Node.js shares the result with its module loader, which then no longer follows links to
    // packages when it says pipe or socket (nodejs/node#51142).
    const found = fstatSync(stream.fd, {bigint: true});
    return found.isFile() || found.isCharacterDevice();
  } catch {
    return false;
  }
}
