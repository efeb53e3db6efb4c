import {z} from 'zod';

import {BACKENDS} from '../../backend/backends.ts';
import {ROLES} from '../../conversation/roles/registry.ts';
import {ROUTERS} from '../../conversation/routing.ts';
import {makeTaskSchema} from '../../core/task-config.ts';

const [firstBackend, ...otherBackends] = BACKENDS;

/** The schema of a task's configuration, with the strategies, roles and backends that are registered. */
export const taskConfigSchema = makeTaskSchema({
  routingStrategies: Object.keys(ROUTERS),
  roles: Object.keys(ROLES),
  model: z.discriminatedUnion('backend', [firstBackend.schema, ...otherBackends.map(({schema}) => schema)]),
});

/** The same, for configurations of one grid: models and agents that it parsed before are not parsed again. */
export const sharingSchema = taskConfigSchema.extend({
  model_definitions: remembering(taskConfigSchema.shape.model_definitions),
  agent_definitions: z.array(remembering(taskConfigSchema.shape.agent_definitions.element)).min(1),
});

/**
 * Returns a schema that remembers what it made of objects. Tasks of a grid share the parts that their axes do not
 * write; those are never changed in place, so the very same object gives the same result.
 */
function remembering<Schema extends z.ZodType>(schema: Schema) {
  const seen = new WeakMap<object, z.ZodSafeParseResult<z.output<Schema>>>();
  return z.unknown().transform((part, context): z.output<Schema> => {
    const isObject = typeof part === 'object' && part !== null;
    const result = (isObject ? seen.get(part) : undefined) ?? schema.safeParse(part);
    if (isObject) seen.set(part, result);
    if (result.success) return result.data;
    // Paths grow on their way up.
    context.issues.push(...result.error.issues.map(issue => ({...issue, path: [...issue.path], input: undefined})));
    return z.NEVER;
  });
}
