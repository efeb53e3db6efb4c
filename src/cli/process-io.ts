import {systemClock} from '../core/clock.ts';
import type {CommandIo, Output} from './io.ts';

/** The real process: the only place that touches stdout, stderr, the environment and the clock for the commands. */
export function processIo(): CommandIo {
  return {
    stdout: output(process.stdout),
    stderr: output(process.stderr),
    env: process.env,
    cwd: process.cwd(),
    clock: systemClock,
  };
}

function output(stream: NodeJS.WriteStream): Output {
  let isClosed = false;
  // `mac plan --all | head` closes the pipe early: that is how pipes work, not an error.
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    isClosed = true;
  });
  return {
    write: text => void stream.write(text),
    get isTerminal() {
      return stream.isTTY;
    },
    get columns() {
      return stream.isTTY ? stream.columns : 80;
    },
    get isClosed() {
      return isClosed;
    },
  };
}
