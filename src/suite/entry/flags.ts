import type {z} from 'zod';

import {describeFields, type Field, type FieldKind} from '../config/fields.ts';
import {SuiteError} from '../suite-error.ts';

/** The word for null on a command line. */
export const NULL_WORD = '__none__';

/**
 * Reads the fields of a config from a command line: `--numSamples 3`, `--num-samples=3`, `--num_samples 3`; lists by
 * repeating the flag or as one JSON list, maps as JSON, `__none__` for null. Flags of nobody here are ignored, so that
 * those of whoever starts the entry may stand beside them.
 *
 * @returns only the fields that are given; their values are not yet checked by the schema.
 * @throws SuiteError for a flag without its value, JSON that is none, and null where a field takes none.
 */
export function readFlags(schema: z.ZodObject, argv: readonly string[]): Record<string, unknown> {
  const fields = describeFields(schema);
  const byFlag = new Map(fields.map(field => [plainName(field.name), field]));
  const texts = new Map<Field, string[]>();
  for (let i = 0; i < argv.length; i++) {
    const given = parseFlag(argv[i] ?? '');
    const field = given && byFlag.get(plainName(given.name));
    if (!given || !field) continue;
    let {text} = given;
    const next = argv[i + 1];
    if (text === undefined && field.kind === 'boolean' && !isBooleanWord(next)) text = 'true';
    else if (text === undefined) {
      if (next === undefined || next.startsWith('--')) {
        throw new SuiteError(
          `--${given.name}: found no value, expected one; begins it with --, write --${given.name}=…`,
        );
      }
      text = next;
      i++;
    }
    texts.set(field, [...(texts.get(field) ?? []), text]);
  }
  return Object.fromEntries([...texts].map(([field, values]) => [field.name, readValue(field, values)]));
}

/** Returns flags for a config; `readFlags` reads them back. @throws SuiteError where no flag can say a value. */
export function writeFlags(schema: z.ZodObject, config: Readonly<Record<string, unknown>>): string[] {
  return describeFields(schema)
    .filter(({name}) => config[name] !== undefined)
    .map(({name, kind}) => `--${name}=${writeValue(name, kind, config[name])}`);
}

function writeValue(name: string, kind: FieldKind, value: unknown): string {
  if (value === NULL_WORD) throw new SuiteError(`${name}: the text ${NULL_WORD} means null on a command line`);
  if (value === null) {
    if (kind === 'map') throw new SuiteError(`${name} is a map and null, which no flag can say`);
    return NULL_WORD;
  }
  return kind === 'text' && typeof value === 'string' ? value : JSON.stringify(value);
}

/** Returns the lines of a help text, a field each. */
export function describeFlags(schema: z.ZodObject): string[] {
  const shown = describeFields(schema).map(({name, kind, description}) => [
    `--${name} ${kind.toUpperCase()}`,
    description,
  ]);
  const width = Math.max(...shown.map(([flag = '']) => flag.length));
  return shown.map(([flag = '', description = '']) => `  ${flag.padEnd(width)}  ${description}`.trimEnd());
}

function parseFlag(word: string): {name: string; text: string | undefined} | undefined {
  const [, name, text] = /^--([A-Za-z][A-Za-z0-9_-]*)(?:=(.*))?$/s.exec(word) ?? [];
  return name === undefined ? undefined : {name, text};
}

/** One spelling of `numSamples`, `num-samples` and `num_samples`. */
function plainName(name: string): string {
  return name.replaceAll(/[-_]/g, '').toLowerCase();
}

function isBooleanWord(word: string | undefined): boolean {
  return word === 'true' || word === 'false' || word === NULL_WORD;
}

function readValue(field: Field, texts: readonly string[]): unknown {
  const {name, kind, itemKind = 'json', isNullable} = field;
  const [last = ''] = texts.slice(-1);
  if (texts.length === 1 && last === NULL_WORD) {
    if (kind === 'map') {
      throw new SuiteError(
        `--${name}: a map cannot be null on a command line; give a map as JSON, or use --config FILE`,
      );
    }
    if (!isNullable) throw new SuiteError(`--${name}: found null (${NULL_WORD}), but the field takes none`);
    return null;
  }
  switch (kind) {
    case 'text':
      return last;
    case 'list':
      return (texts.length === 1 && readList(last)) || texts.map(text => (itemKind === 'text' ? text : readJson(text)));
    case 'map': {
      const map = readJson(last);
      if (typeof map === 'object') return map;
      throw new SuiteError(`--${name}: found ${last}, expected a map as JSON, e.g. '{"a": 1}'`);
    }
    case 'boolean':
    case 'json':
      return readJson(last);
  }
}

function readList(text: string): unknown[] | undefined {
  const value = text.startsWith('[') ? readJson(text) : undefined;
  return Array.isArray(value) ? (value as unknown[]) : undefined;
}

/** Parses JSON; anything else is a text. */
function readJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
