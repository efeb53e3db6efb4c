/** A mistake in a suite, a config or the command line of an entry, in words for its author. */
export class SuiteError extends Error {
  override readonly name = 'SuiteError';
}

/** Throws one error with every mistake, a line each; returns when there is none. @throws SuiteError */
export function refuseMistakes(where: string, mistakes: readonly string[]): void {
  if (mistakes.length === 0) return;
  throw new SuiteError(
    mistakes.length === 1 ? `${where}: ${mistakes.join('')}` : [`${where}:`, ...mistakes].join('\n  '),
  );
}
