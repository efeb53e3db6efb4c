import type {z} from 'zod';

import {LastSeen} from './last-seen.ts';
import {agentDefinition, taskConfigSchema} from './schema.ts';

type Issue = z.core.$ZodIssue;

/**
 * What the schema makes of a value: the parsed value, or what is wrong with it. Shared between callers, never to be
 * changed.
 */
export interface Parsed {
  /** Undefined when there are issues. */
  readonly data: unknown;
  readonly issues: readonly Issue[];
}

/**
 * The schema applied to a whole configuration, section by section and agent by agent: the tasks of a grid share all
 * that their axes do not write, and a part that was parsed before is not parsed again.
 */
export function applyTaskSchema(raw: unknown): Parsed {
  if (!isPlainObject(raw)) return parseUncached(taskConfigSchema, raw);
  const shape: Readonly<Record<string, z.ZodType>> = taskConfigSchema.shape;
  const data: Record<string, unknown> = {};
  const issues: Issue[] = [];
  for (const [name, schema] of Object.entries(shape)) {
    const section = name === 'agent_definitions' ? parseAgents(raw[name]) : parseCached(name, schema, raw[name]);
    issues.push(...prefixPaths(name, section.issues));
    if (section.data !== undefined) data[name] = section.data;
  }
  const keys = Object.keys(raw).filter(key => !Object.hasOwn(shape, key));
  if (keys.length > 0) issues.push({code: 'unrecognized_keys', keys, path: [], message: 'unknown keys'});
  return {data: issues.length === 0 ? data : undefined, issues};
}

function parseAgents(raw: unknown): Parsed {
  const whole = taskConfigSchema.shape.agent_definitions;
  if (!Array.isArray(raw) || raw.length === 0) return parseUncached(whole, raw);
  const agents = raw.map((agent, i) => parseCached(`agent ${i}`, agentDefinition, agent));
  return {data: agents.map(({data}) => data), issues: agents.flatMap(({issues}, i) => prefixPaths(i, issues))};
}

function prefixPaths(key: string | number, issues: readonly Issue[]): Issue[] {
  return issues.map(issue => ({...issue, path: [key, ...issue.path]}));
}

const lastSeen = new LastSeen<Parsed>();

function parseCached(slot: string, schema: z.ZodType, raw: unknown): Parsed {
  if (raw === null || typeof raw !== 'object') return parseUncached(schema, raw);
  return lastSeen.get(slot, raw, () => parseUncached(schema, raw));
}

function parseUncached(schema: z.ZodType, raw: unknown): Parsed {
  const result = schema.safeParse(raw);
  return result.success ? {data: result.data, issues: []} : {data: undefined, issues: result.error.issues};
}

function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return value !== null && typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype;
}
