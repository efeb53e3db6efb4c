/**
 * Finds the line in which a failed program says why, in the last lines that it printed. It is the last one, unless the
 * program's runtime prints a stack, its version or advice below it.
 */
export function findErrorLine(lines: readonly string[]): string | undefined {
  const found = findNodeError(lines) ?? findRustPanic(lines) ?? findGoPanic(lines) ?? findAboveStack(lines);
  return (found ?? lines.at(-1))?.trim();
}

/** Node ends with its version, and begins with the place in the source: the error is the line below the carets. */
function findNodeError(lines: readonly string[]): string | undefined {
  if (!/^Node\.js v\d/.test(lines.at(-1) ?? '')) return undefined;
  const carets = lines.findLastIndex(line => /^\s*\^+$/.test(line));
  // Without carets, the place is too far above to be among these lines.
  return carets < 0 ? findAboveStack(lines.slice(0, -1)) : lines[carets + 1];
}

/** Rust advises to ask for a backtrace, or for more of it. Its message is below the line that names the place. */
function findRustPanic(lines: readonly string[]): string | undefined {
  if (!/^note: .*RUST_BACKTRACE/.test(lines.at(-1) ?? '')) return undefined;
  const panic = lines.findLastIndex(line => /^thread .* panicked at /.test(line));
  const place = lines[panic];
  return place?.endsWith(':') ? `${place} ${lines[panic + 1] ?? ''}` : place;
}

/** Go prints the stacks of its goroutines, and `go run` the exit status below them. */
function findGoPanic(lines: readonly string[]): string | undefined {
  const stacks = lines.findIndex(line => /^goroutine \d+ .*:$/.test(line));
  return lines.slice(0, Math.max(0, stacks)).findLast(line => /^(?:panic|fatal error): /.test(line));
}

/** Lines that say nothing of their own: frames of Node, Java and Ruby, the ends of R and of srun. */
const BELOW_ERROR = [
  /^\s+at \S/,
  /^\s+\.\.\. \d+ (?:more|common frames omitted)$/,
  /^\s+from \S+:\d+:in /,
  /^(?:Calls: .*|Execution halted)$/,
  /^srun: error: .*: Exited with exit code \d+$/,
];

/** Returns the last line above the stack that a program ends with. */
function findAboveStack(lines: readonly string[]): string | undefined {
  // Node shows the other properties of an error in braces that open behind its last frame.
  const properties = lines.at(-1) === '}' ? lines.findLastIndex(line => /^ {4}at .* \{$/.test(line)) : -1;
  const shown = properties < 0 ? lines : lines.slice(0, properties);
  return shown.findLast(line => !BELOW_ERROR.some(pattern => pattern.test(line)));
}
