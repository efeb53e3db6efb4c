/** How many names a message lists. */
const LISTED = 10;

/** Returns lines about tasks and grids without results. */
export function describeMissing(missing: readonly string[], idle: readonly string[]): string[] {
  return [...listSome(missing, name => `  nothing yet: ${name}`), ...describeIdle(idle)];
}

export function describeIdle(idle: readonly string[]): string[] {
  return listSome(idle, id => `  left out: grid ${id}, of which nothing has run yet`);
}

export function listSome(names: readonly string[], describe: (name: string) => string): string[] {
  const rest = names.length > LISTED ? [`  … and ${names.length - LISTED} more`] : [];
  return [...names.slice(0, LISTED).map(describe), ...rest];
}
