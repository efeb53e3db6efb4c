/** What is no text in YAML 1.2 (core schema) when it stands bare: null, booleans, numbers. */
const OTHER_SCALAR =
  /^(?:|~|null|Null|NULL|true|True|TRUE|false|False|FALSE|0o[0-7]+|0x[\da-fA-F]+|[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;

/** What tables of agents and pages call an absent value. */
const ABSENT = 'none';

/**
 * A scalar of a config as tables show it and selectors name it. A text stands bare, unless it would be taken for
 * something else: `null` is null and `"null"` is that word, `1` a number and `"1"` a text.
 */
export function valueText(value: string | number | boolean | null | undefined): string {
  if (typeof value !== 'string') return String(value ?? null);
  const isMistakable = OTHER_SCALAR.test(value) || value === ABSENT || value.startsWith('"') || value !== value.trim();
  return isMistakable ? JSON.stringify(value) : value;
}
