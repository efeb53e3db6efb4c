/** The base config, and the paths that its grid means to write, as far as that can be made out. */
export function baseConfig(document: unknown): {config: unknown; written: readonly string[]} {
  const {_grid: grid, ...config} = document as Record<string, unknown>;
  const {sweep, broadcast, zip, derive} = asMapping(grid);
  const written = [
    ...Object.keys(asMapping(sweep)),
    ...Object.keys(asMapping(derive)),
    ...Object.values(asMapping(broadcast)).flatMap(each => asList(asMapping(each)['paths']).map(String)),
    ...Object.values(asMapping(zip)).flatMap(sets => asList(sets).flatMap(set => Object.keys(asMapping(set)))),
  ];
  return {config, written: [...new Set(written)]};
}

function asMapping(value: unknown): Readonly<Record<string, unknown>> {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
