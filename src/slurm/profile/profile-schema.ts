import {z} from 'zod';

import {isSecretKey} from '../../core/secrets.ts';
import {describeKey, listKeys, PROFILE_KEYS, type KeyKind, type ProfileKeys} from './profile-keys.ts';
import {describeReservedOption} from './sbatch-options.ts';
import {createValueTypes, type ValueTypes} from './value-types.ts';

/** A profile with every default filled in: what to request and how to set a job up. JSON; holds no secrets. */
export type ClusterProfile = Filled<typeof PROFILE_KEYS>;

/** Keys with a default, and those of parts that are required, are always there. */
type Filled<Keys extends ProfileKeys> = {
  readonly [K in keyof Keys as Keys[K] extends AlwaysThere ? K : never]: Value<Keys[K]>;
} & {
  readonly [K in keyof Keys as Keys[K] extends AlwaysThere ? never : K]?: Value<Keys[K]>;
};
type AlwaysThere = {readonly default: unknown} | {readonly required: true};
type Value<Key> = Key extends {readonly parts: infer Parts extends ProfileKeys}
  ? Filled<Parts>
  : Key extends {readonly type: (types: ValueTypes) => infer Type extends z.ZodType}
    ? Immutable<z.output<Type>>
    : Key extends {readonly kind: infer Kind extends KeyKind}
      ? Immutable<z.output<ValueTypes[Kind]>>
      : never;
type Immutable<T> = T extends readonly (infer E)[] ? readonly E[] : Readonly<T>;

function createShape(keys: ProfileKeys, types: ValueTypes): Record<string, z.ZodType> {
  return Object.fromEntries(
    listKeys(keys).map(([key, declared]) => {
      const {kind, type, parts, required} = declared;
      const own = parts ? z.strictObject(createShape(parts, types)) : (type?.(types) ?? types[kind]);
      return [key, (required ? own : own.nullish()).describe(describeKey(declared))];
    }),
  );
}

/** Returns the schema of a written profile; every key may be left out, and null means left out. */
export function createProfileSchema(keys: ProfileKeys = PROFILE_KEYS) {
  const types = createValueTypes(line => describeReservedOption(line, keys));
  return z.strictObject(createShape(keys, types)).superRefine((profile, context) => {
    for (const name of Object.keys(profile['environment'] ?? {})) {
      if (!isSecretKey(name)) continue;
      context.addIssue({
        code: 'custom',
        path: ['environment', name],
        message: 'no secret in a profile: export it before you submit, and jobs inherit it',
      });
    }
    if (profile['gpu_request'] === 'gres_typed' && profile['gpu_type'] == null) {
      context.addIssue({
        code: 'custom',
        path: ['gpu_type'],
        message: 'a type of GPU, which gpu_request: gres_typed needs',
      });
    }
  });
}

export const profileSchema = createProfileSchema();

/**
 * Adds the defaults to what the schema accepted.
 *
 * @param name of the profile, where it gives none itself.
 */
export function fillProfile(written: Readonly<Record<string, unknown>>, name: string | undefined): ClusterProfile {
  const implied = {name, ...(written['gpu_type'] == null ? {} : {gpu_request: 'gres_typed'})};
  // Both the schema and the type follow from PROFILE_KEYS.
  return fillDefaults(PROFILE_KEYS, written, implied) as unknown as ClusterProfile;
}

function fillDefaults(
  keys: ProfileKeys,
  written: Readonly<Record<string, unknown>>,
  implied: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  const filled: Record<string, unknown> = {};
  for (const [key, {default: standard, parts}] of listKeys(keys)) {
    const value = written[key] ?? implied[key] ?? standard;
    if (value !== undefined) filled[key] = parts ? fillDefaults(parts, {...value}) : value;
  }
  return filled;
}

/** Returns the JSON Schema (2020-12) of a profile, for editors. */
export function profileJsonSchema(): Record<string, unknown> {
  const {$schema, ...schema} = z.toJSONSchema(profileSchema, {io: 'input'});
  return {$schema, title: 'mac cluster profile', ...schema};
}
