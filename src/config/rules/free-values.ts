import type {z} from 'zod';

import {taskConfigSchema} from '../schema/schema.ts';

const {agent_definitions: agents, conversation_config: conversation, retry_config: retries} = taskConfigSchema.shape;

/**
 * Paths to values of which nothing but their own schema decides whether they are valid, since no rule looks at them.
 */
const FREE: readonly (readonly [path: RegExp, fields: Readonly<Record<string, z.ZodType>>])[] = [
  [
    /^agent_definitions\.(?:0|[1-9]\d*)\.(persona|demographics|temperature|max_tokens|top_p|top_k|min_p|presence_penalty)$/,
    agents.element.shape,
  ],
  [/^conversation_config\.(max_rounds|seed)$/, conversation.in.shape],
  [/^retry_config\.(max_retries|answer_match_threshold)$/, retries.in.shape],
];

/**
 * Returns the test for values that are valid at a path whatever else the configuration says, so that a configuration
 * with one is as valid as with another. Undefined for paths where more than the value counts.
 */
export function freeValues(path: string): ((value: unknown) => boolean) | undefined {
  for (const [pattern, fields] of FREE) {
    const field = pattern.exec(path)?.[1];
    const schema = field === undefined ? undefined : fields[field];
    // A lone _ is a placeholder.
    if (schema) return value => value !== '_' && schema.safeParse(value).success;
  }
  return undefined;
}
