import {isMap, isPair, isScalar, parseDocument, visit} from 'yaml';

import {isSecretKey, scrubText} from '../core/secrets.ts';

const HIDDEN = '***';

/**
 * Makes a config that others may read: values of keys that hold secrets, passwords and keys in addresses, what looks
 * like a service's key and the known secrets become `***`. Everything else stays as it was written, comments included.
 * Configs of ours hold no secrets; those of others may.
 *
 * @param secrets values that must not appear, such as those of the variables that the config names.
 */
export function scrubConfig(text: string, secrets: readonly string[] = []): string {
  return scrubText(hideSecretValues(text), secrets);
}

/** Blanks out the values of secret keys where they stand, whatever they are. */
function hideSecretValues(text: string): string {
  const ranges: [number, number][] = [];
  const document = parseDocument(text, {uniqueKeys: false});
  visit(document, {
    Pair(_key, pair) {
      if (!isPair(pair) || !isScalar(pair.key) || !isSecretKey(String(pair.key.value))) return;
      const {value} = pair as {value: {range?: readonly [number, number, number] | null} | null};
      if (!value?.range || (isScalar(value) && value.value === null)) return;
      ranges.push([value.range[0], value.range[1]]);
      // What is hidden whole need not be looked into.
      return isMap(value) ? visit.SKIP : undefined;
    },
  });
  let clean = text;
  for (const [start, end] of ranges.sort((a, b) => b[0] - a[0])) {
    // A block of lines ends with the last one's end.
    const lineEnd = clean.slice(start, end).endsWith('\n') ? '\n' : '';
    clean = `${clean.slice(0, start)}${HIDDEN}${lineEnd}${clean.slice(end)}`;
  }
  return clean;
}
