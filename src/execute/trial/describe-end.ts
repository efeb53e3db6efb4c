import {findErrorLine} from './find-error-line.ts';

/** Kept of what a program printed. */
export const TAIL_LINES = 40;
export const TAIL_WIDTH = 2_000;

const SHOWN_WIDTH = 200;

/** Describes a failure with the line in which the program says why. */
export function describeFailedExit(exit: string, printed: readonly string[]): string {
  const line = findErrorLine(printed.filter(each => !each.startsWith('--- ')));
  if (line === undefined) return exit;
  return `${exit}; it printed: ${line.length > SHOWN_WIDTH ? `${line.slice(0, SHOWN_WIDTH)}…` : line}`;
}
