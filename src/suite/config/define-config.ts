import {z} from 'zod';

import {canonicalJson} from '../../core/seeds/hash.ts';
import {SuiteError} from '../suite-error.ts';
import {deepFreeze, type DeepReadonly} from './freeze.ts';
import {findLostValue} from './json-value.ts';

/** The field that every config has. */
const seedField = z.int().default(42);

/** Fields that authors may neither define nor set: the runner decides where a case writes. */
interface RunnerFields {
  readonly outputDir?: never;
  readonly output_dir?: never;
}

type Fields<Shape extends z.ZodRawShape> = Shape & {readonly seed: typeof seedField};

/** The schema of a config: strict, so that a misspelt field is an error and no default in disguise. */
export type ConfigSchema<Shape extends z.ZodRawShape> = z.ZodObject<Fields<Shape>, z.core.$strict>;

/** A validated config, frozen in depth. */
export type ConfigValue<Shape extends z.ZodRawShape> = DeepReadonly<z.output<ConfigSchema<Shape>>>;

type ConfigInput<Shape extends z.ZodRawShape> = DeepReadonly<z.input<ConfigSchema<Shape>>> & RunnerFields;

/** The fields of the configs of an experiment, and the only ways to make such configs. */
export interface ConfigDefinition<Shape extends z.ZodRawShape = z.ZodRawShape> {
  readonly name: string;
  readonly schema: ConfigSchema<Shape>;
  /**
   * Makes a config; what is left out has its default.
   *
   * @throws ZodError for an unknown field or a wrong value; SuiteError for `outputDir` and for values JSON cannot hold.
   */
  readonly create: (values?: ConfigInput<Shape>) => ConfigValue<Shape>;
  /** Makes a config that differs from another one in some fields. @throws as `create`. */
  readonly copyWith: (base: ConfigValue<Shape>, changes: Partial<ConfigInput<Shape>>) => ConfigValue<Shape>;
}

/**
 * Defines the config of an experiment by its fields (zod). Every config has besides `seed`, 42 by default; where a case
 * writes is no part of it (`ctx.outputDir` in the entry).
 *
 * @throws SuiteError when the fields include `seed` or the output folder.
 */
export function defineConfig<Shape extends z.ZodRawShape>(
  name: string,
  shape: Shape & RunnerFields & {readonly seed?: never},
): ConfigDefinition<Shape> {
  const taken = ['seed', 'outputDir', 'output_dir'].filter(field => Object.hasOwn(shape, field));
  if (taken.length > 0) {
    const why = 'every config has seed, and the runner sets the output folder (ctx.outputDir)';
    throw new SuiteError(`config ${name}: ${taken.join(', ')} cannot be defined: ${why}`);
  }
  const fields: Fields<Shape> = {...(shape as Shape), seed: seedField};
  const schema: ConfigSchema<Shape> = z.strictObject(fields);
  const make = (values: object): ConfigValue<Shape> => {
    refuseOutputFolder(name, values);
    refuseLostValues(name, values);
    const value = schema.parse(values);
    refuseUnstable(name, schema, value);
    return deepFreeze(value);
  };
  return Object.freeze({
    name,
    schema,
    create: (values: object = {}) => make(values),
    copyWith: (base: object, changes: object) => {
      const unset = Object.entries(changes).find(([, value]) => value === undefined);
      if (unset)
        throw new SuiteError(`config ${name}: ${unset[0]} is set to undefined; leave it out to keep its value`);
      return make({...base, ...changes});
    },
  });
}

function refuseOutputFolder(name: string, values: object): void {
  const field = ['outputDir', 'output_dir'].find(each => Object.hasOwn(values, each));
  if (field === undefined) return;
  throw new SuiteError(
    `config ${name}: ${field} is set by the runner, one folder a case; read ctx.outputDir in the entry`,
  );
}

/** Cases run in other processes, which get their config as JSON. */
function refuseLostValues(name: string, value: unknown): void {
  const lost = findLostValue(value);
  if (lost) throw new SuiteError(`config ${name}: ${lost.path} is ${lost.found}, which JSON cannot hold`);
}

/** Refuses schemas whose transforms change a value that was already parsed: the entry parses it once more. */
function refuseUnstable<Shape extends z.ZodRawShape>(name: string, schema: ConfigSchema<Shape>, value: object): void {
  refuseLostValues(name, value);
  const text = canonicalJson(value);
  const again = schema.safeParse(JSON.parse(text));
  if (again.success && canonicalJson(again.data) === text) return;
  const why = 'the entry, which reads it from JSON, would get another one';
  throw new SuiteError(`config ${name}: the schema changes a config that it made itself (by a transform?); ${why}`);
}
