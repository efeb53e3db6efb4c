import {canonicalJson} from '../../core/seeds/hash.ts';

/** Texts that a reader of `key=value` would take for another type. */
const OTHER_TYPE = /^(?:true|false|null|[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)$/i;

/**
 * Renders an override as `key=value`, as Hydra and `mac study-grid` read it back: texts stand bare where they are plain
 * and no other type, else quoted; lists and mappings are compact JSON.
 */
export function renderOverride(key: string, value: unknown): string {
  return `${key}=${renderValue(value)}`;
}

function renderValue(value: unknown): string {
  if (typeof value !== 'string') return value === undefined ? 'null' : canonicalJson(value);
  return /^[A-Za-z0-9._/-]+$/.test(value) && !OTHER_TYPE.test(value) ? value : JSON.stringify(value);
}

/** Reads back the value of `key=value`: JSON where it is, else a text. */
export function parseOverrideValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
