import {z} from 'zod';

import {isSecretKey} from '../problem.ts';
import {scrubText} from '../scrub-config.ts';

/** What makes a request a request of ours: without these a conversation would not be the one that was planned. */
const FIXED = ['model', 'messages', 'system', 'prompt', 'stream'];

const fieldName = z
  .string()
  .regex(/^[^.\s]+(?:\.[^.\s]+)*$/, "the name of a field, or a path with dots such as 'options.seed'")
  .refine(name => !FIXED.includes(name.split('.')[0] ?? ''), `a field other than ${FIXED.join(', ')}`);

const added = z
  .record(fieldName, z.unknown())
  .superRefine((fields, context) => {
    const secret = findSecret(fields);
    if (secret === undefined) return;
    context.addIssue({
      code: 'custom',
      message: `no secrets in a config (${secret} looks like one; see api_config.api_key_env)`,
    });
  })
  .refine(fields => Object.keys(fields).every(name => !name.includes('.')), 'mappings instead of names with dots');

/** How the requests to a model differ from what its backend sends. */
export const requestShape = z
  .strictObject({
    rename: z
      .record(fieldName, fieldName)
      .nullish()
      .describe('from name → to name, e.g. `max_tokens: max_completion_tokens`'),
    drop: z.array(fieldName).nullish().describe('names of fields that are not sent, e.g. `[seed, options.min_p]`'),
    add: added.nullish().describe('fields that are sent as well, or instead; mappings are merged'),
  })
  .nullish()
  .describe('changes the body of every request, in this order; names may be paths with dots');

export const systemRole = z
  .literal(['auto', 'yes', 'fold', true])
  .nullish()
  .describe(
    "`yes` (or `true`): a system message; `fold`: its text before the user's; default `auto`: `fold` once the server refused it",
  );

/** Returns the path of what looks like a secret, if anything does. */
export function findSecret(value: unknown, path = 'request.add'): string | undefined {
  if (typeof value === 'string') return scrubText(value) === value ? undefined : path;
  if (value === null || typeof value !== 'object') return undefined;
  for (const [key, member] of Object.entries(value)) {
    const here = `${path}.${key}`;
    if (isSecretKey(key) && typeof member === 'string') return here;
    const found = findSecret(member, here);
    if (found !== undefined) return found;
  }
  return undefined;
}
