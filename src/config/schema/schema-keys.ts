import type {JsonSchema} from './json-schema.ts';
import {taskJsonSchema} from './json-schema.ts';
import type {DocumentPath} from '../problem.ts';

/** One key of the config, as the schema describes it. */
export interface SchemaKey {
  /** From the root; `*` stands for a name that the user chooses or for a number in a list. */
  readonly path: readonly string[];
  /** The kind of model that has the key; undefined outside `model_definitions`. */
  readonly backend: string | undefined;
  /** The values that it takes, in words. */
  readonly takes: string;
  readonly description: string;
  readonly isRequired: boolean;
  readonly isSection: boolean;
}

let known: readonly SchemaKey[] | undefined;

/** Returns every key of a configuration, in the schema's order. */
export function schemaKeys(): readonly SchemaKey[] {
  return (known ??= collect(taskJsonSchema(), [], undefined));
}

/** Returns the keys that may stand beside each other at a place. */
export function keysAt(path: DocumentPath, backend?: string): string[] {
  const here = schemaKeys().filter(key => key.path.length === path.length + 1 && matches(path, key.path));
  const ofBackend = here.filter(key => key.backend === undefined || key.backend === backend);
  return [...new Set((ofBackend.length > 0 ? ofBackend : here).map(key => key.path.at(-1) ?? ''))];
}

/** Returns the kinds of models that have a key. */
export function backendsWith(path: DocumentPath): string[] {
  const found = schemaKeys().filter(key => key.path.length === path.length && matches(path, key.path));
  return found.flatMap(({backend}) => (backend === undefined ? [] : [backend]));
}

/** Describes what the key at a place takes. */
export function describeTakenAt(path: DocumentPath): string | undefined {
  return schemaKeys().find(key => key.path.length === path.length && matches(path, key.path))?.takes;
}

/** Returns the places that have a key of this name. */
export function findPlaces(name: string): string[] {
  const places = schemaKeys().filter(({path}) => path.at(-1) === name && path.length > 1);
  return [...new Set(places.map(({path}) => path.slice(0, -1).join('.')))];
}

function matches(path: DocumentPath, pattern: readonly string[]): boolean {
  return path.every((part, i) => pattern[i] === '*' || pattern[i] === String(part));
}

function collect(schema: JsonSchema, path: readonly string[], backend: string | undefined): SchemaKey[] {
  const {properties, additionalProperties, items, oneOf, required} = notNull(schema);
  if (oneOf) return oneOf.flatMap(variant => collect(variant, path, readBackend(variant)));
  if (items) return collect(items, [...path, '*'], backend);
  if (typeof additionalProperties === 'object') return collect(additionalProperties, [...path, '*'], backend);
  return Object.entries(properties ?? {}).flatMap(([name, member]) => {
    const inner = collect(member, [...path, name], backend);
    const key: SchemaKey = {
      path: [...path, name],
      backend,
      takes: describeSchema(member),
      description: withDefault(member),
      isRequired: required?.includes(name) ?? false,
      isSection: inner.length > 0,
    };
    return [key, ...inner];
  });
}

function readBackend({properties}: JsonSchema): string | undefined {
  const constant = properties?.['backend']?.['const'];
  return typeof constant === 'string' ? constant : undefined;
}

/** Returns the description, with the default where the schema fills one in. */
function withDefault({description = '', default: fallback}: JsonSchema): string {
  return typeof fallback === 'string' ? `${description}; default \`${fallback}\`` : description;
}

/** Returns what remains of a schema that also takes null. */
function notNull(schema: JsonSchema): JsonSchema {
  const others = schema.anyOf?.filter(({type}) => type !== 'null') ?? [];
  return others.length === 1 ? (others[0] ?? schema) : schema;
}

/** Returns `whole number ≥ 1`, `text`, `` `a` or `b` ``. */
function describeSchema(schema: JsonSchema): string {
  const inner = notNull(schema);
  if (inner.anyOf)
    return inner.anyOf
      .filter(({type}) => type !== 'null')
      .map(describeSchema)
      .join(' or ');
  if ('const' in inner) return `\`${String(inner['const'])}\``;
  if (Array.isArray(inner['enum'])) return inner['enum'].map(each => `\`${String(each)}\``).join(', ');
  const {type} = inner;
  const types = (Array.isArray(type) ? type : [type]).filter(each => each !== 'null');
  return types.map(each => describeType(each, inner)).join(' or ');
}

function describeType(type: unknown, schema: JsonSchema): string {
  switch (type) {
    case 'integer':
      return `whole number${describeRange(schema)}`;
    case 'number':
      return `number${describeRange(schema)}`;
    case 'string':
      return schema['format'] === 'uri' ? 'URL' : 'text';
    case 'boolean':
      return '`true` or `false`';
    case 'array':
      return schema.items ? `list of ${describeSchema(schema.items)}` : 'list';
    default:
      return 'mapping';
  }
}

function describeRange(schema: JsonSchema): string {
  const bound = (keyword: string, sign: string): string => {
    const value = schema[keyword];
    return typeof value === 'number' && Math.abs(value) < Number.MAX_SAFE_INTEGER ? ` ${sign} ${value}` : '';
  };
  const parts = [bound('minimum', '≥'), bound('exclusiveMinimum', '>'), bound('maximum', '≤')].filter(Boolean);
  return parts.join(',');
}
