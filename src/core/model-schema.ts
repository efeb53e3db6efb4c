import {z} from 'zod';

import {findSecret, hasSecretInQuery} from './secrets.ts';

// What the schemas of models have in common, whatever the backend.

export const positive = z.int().min(1);
export const text = z.string().min(1);
export const requestLimit = z
  .union([positive, z.literal('auto')])
  .nullish()
  .describe("requests in flight at once: a number, or `auto` to follow the server's own load");
export const address = z
  .url({protocol: /^https?$/})
  .refine(hasNoPassword, 'a URL without a name and password in it')
  .refine(url => !hasSecretInQuery(url), 'a URL without a key in it (name its variable in api_config.api_key_env)');

/** A config and its snapshots are shared; what opens a server is not. */
function hasNoPassword(url: string): boolean {
  return !/^https?:\/\/[^/?#]*@/i.test(url);
}

export const server = {
  base_url: address.nullish().describe('address of an OpenAI-compatible server, e.g. `http://127.0.0.1:8000/v1`'),
  api_key_env: z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'the name of an environment variable')
    .nullish()
    .describe('environment variable that holds the key; default `OPENAI_API_KEY`, `ANTHROPIC_API_KEY`, `VLLM_API_KEY`'),
  timeout_seconds: z.number().positive().nullish().describe('longest wait for one answer; default 120, for vllm 600'),
  max_retries: z.int().min(0).nullish().describe('repetitions of a call that failed; default 5'),
};

export const thoughtTags = z
  .array(
    z.strictObject({
      open: text.describe('what stands before thoughts, e.g. `<musing>`'),
      close: text.describe('what stands behind them, e.g. `</musing>`'),
    }),
  )
  .nullish()
  .describe('tags around thoughts in the text, besides those that are known (docs/roles-and-routing.md)');

export const named = {
  model_name: text.nullish().describe("the model's name at the provider"),
  model_path: text.nullish().describe('another name of `model_name`'),
  max_num_seqs: requestLimit,
  thought_tags: thoughtTags,
};

/** Fields that make a request a request of ours: without these a conversation would not be the one that was planned. */
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

/** Changes to what a backend sends. Recorded with each call, since the record shows what was sent. */
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

/**
 * The keys that models of every backend may have. A backend's own keys are in its schema,
 * `backend/NAME/NAME-schema.ts`.
 */
export const commonModel = z.object({
  backend: z.string(),
  ...named,
  api_config: z.object(server).nullish(),
  request: requestShape,
  system_role: systemRole,
});

/** Returns a type without null and not to be changed: an option that is null in a config is an option left out. */
export type Given<T> = T extends readonly (infer Item)[]
  ? readonly Given<Item>[]
  : T extends object
    ? {readonly [Key in keyof T]: Given<Exclude<T[Key], null | undefined>>}
    : T;
