/** Kept of what a program printed. */
export const TAIL_LINES = 40;
export const TAIL_WIDTH = 2_000;

const SHOWN_WIDTH = 200;

/** Describes a failure with the last line that was printed: that is where most programs say why. */
export function describeFailedExit(exit: string, tail: readonly string[]): string {
  const last = tail.findLast(line => !line.startsWith('--- '))?.trim();
  if (last === undefined) return exit;
  return `${exit}; its last line: ${last.length > SHOWN_WIDTH ? `${last.slice(0, SHOWN_WIDTH)}…` : last}`;
}
