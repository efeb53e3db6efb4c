/**
 * The job id that `sbatch --parsable` printed: `123`, or `123;cluster` on a federated one. Sites print banners around
 * it, so only a line that is nothing but an id counts, and only one.
 */
export function parseSubmittedId(stdout: string): string | undefined {
  const lines = stdout.split('\n').map(line => line.trim());
  const ids = lines.flatMap(line => /^(\d+)(?:;[\w.-]+)?$/.exec(line)?.[1] ?? []);
  const unique = [...new Set(ids)];
  return unique.length === 1 ? unique[0] : undefined;
}
