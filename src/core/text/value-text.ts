/** Scalars that are no texts in YAML 1.2 (core schema) when they stand bare: null, booleans, numbers. */
const OTHER_SCALAR =
  /^(?:|~|null|Null|NULL|true|True|TRUE|false|False|FALSE|0o[0-7]+|0x[\da-fA-F]+|[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;

/** The word for an absent value in tables of agents and on pages. */
const ABSENT = 'none';

/**
 * Returns a scalar of a config as tables show it and selectors name it. A text stands bare, unless it would be taken
 * for something else: `null` is null and `"null"` is that word, `1` a number and `"1"` a text.
 */
export function valueText(value: string | number | boolean | null | undefined): string {
  if (typeof value !== 'string') return String(value ?? null);
  const isMistakable = OTHER_SCALAR.test(value) || value === ABSENT || value.startsWith('"') || value !== value.trim();
  return isMistakable ? JSON.stringify(value) : value;
}
