import {z} from 'zod';

import {taskConfigSchema} from './schema.ts';

const text = z.string().min(1);

/** The `_grid` section. */
const gridSection = z
  .strictObject({
    sweep: z.record(text, z.array(z.unknown())).nullish().describe('path → values; every combination is a task'),
    broadcast: z
      .record(text, z.object({paths: z.array(text), values: z.array(z.unknown())}))
      .nullish()
      .describe('name → paths that get one value together, and the values'),
    zip: z
      .record(text, z.array(z.record(text, z.unknown())))
      .nullish()
      .describe('name → sets of path → value that belong together'),
    derive: z.record(text, z.string()).nullish().describe('path → text with {placeholders} in full dot notation'),
  })
  .describe('the values that vary; every combination of them is a task');

/** The part of JSON Schema that a zod schema of ours turns into. */
export interface JsonSchema {
  readonly [keyword: string]: unknown;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: boolean | JsonSchema;
  readonly items?: JsonSchema;
  readonly oneOf?: readonly JsonSchema[];
  readonly anyOf?: readonly JsonSchema[];
  readonly required?: readonly string[];
  readonly description?: string;
}

/** Returns the JSON Schema (2020-12) of one expanded configuration. */
export function taskJsonSchema(): JsonSchema {
  return z.toJSONSchema(taskConfigSchema, {io: 'input'}) as JsonSchema;
}

/**
 * Returns the JSON Schema (2020-12) of a config file, for editors. Below the sections everything may be the `_`
 * placeholder that the grid fills in, and nothing is required there, since the grid may add it.
 */
export function configJsonSchema(): Record<string, unknown> {
  const {properties = {}, required = []} = taskJsonSchema();
  const sections = Object.entries(properties).map(([name, section]) => [name, loosen(section)]);
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'mac config',
    type: 'object',
    properties: {
      _grid: withoutDialect(z.toJSONSchema(gridSection, {io: 'input'}) as JsonSchema),
      ...Object.fromEntries(sections),
    },
    required,
    additionalProperties: false,
  };
}

function withoutDialect({$schema: _dialect, ...schema}: JsonSchema): JsonSchema {
  return schema;
}

const PLACEHOLDER: JsonSchema = {const: '_'};

/** Lets leaves be `_`; objects and lists keep their shape, so that editors still complete keys. */
function loosen({required: _required, minItems: _minItems, ...schema}: JsonSchema): JsonSchema {
  const {properties, additionalProperties, items, oneOf, anyOf} = schema as JsonSchema;
  if (properties) return {...schema, properties: mapValues(properties, loosen)};
  if (typeof additionalProperties === 'object') return {...schema, additionalProperties: loosen(additionalProperties)};
  // A model's kind decides what else it takes: without it an editor could not tell.
  if (oneOf) {
    return {...schema, oneOf: [...oneOf.map(each => ({...loosen(each), required: ['backend']})), PLACEHOLDER]};
  }
  if (anyOf?.some(({properties: inner, items: list}) => inner ?? list))
    return {...schema, anyOf: [...anyOf.map(loosen), PLACEHOLDER]};
  if (items) return {anyOf: [{...schema, items: loosen(items)}, PLACEHOLDER]};
  if ('const' in schema || schema['type'] === 'null') return schema;
  const {description, default: fallback, ...rest} = schema as JsonSchema;
  return {
    ...(description === undefined ? {} : {description}),
    ...(fallback === undefined ? {} : {default: fallback}),
    anyOf: [rest, PLACEHOLDER],
  };
}

function mapValues<T>(object: Readonly<Record<string, T>>, change: (value: T) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value)]));
}
