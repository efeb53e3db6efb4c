const PLACEHOLDER = /\{([A-Za-z_][A-Za-z0-9_]*)\}/g;

/**
 * Puts values of a case into the arguments of a command: `{variant}`, and `{field}` for a field of its config. Texts
 * stand as they are, everything else as JSON. The word `{flags}` becomes all fields as flags.
 *
 * @returns the arguments, and the placeholders for which there is no value, which stay.
 */
export function fillPlaceholders(
  argv: readonly string[],
  values: Readonly<Record<string, unknown>>,
  makeFlags: () => readonly string[],
): {readonly argv: string[]; readonly unknown: string[]} {
  const unknown = new Set<string>();
  const fill = (text: string): string =>
    text.replaceAll(PLACEHOLDER, (whole, name: string) => {
      const value = Object.hasOwn(values, name) ? values[name] : undefined;
      if (value === undefined) {
        unknown.add(whole);
        return whole;
      }
      return typeof value === 'string' ? value : JSON.stringify(value);
    });
  return {argv: argv.flatMap(text => (text === '{flags}' ? makeFlags() : [fill(text)])), unknown: [...unknown]};
}
