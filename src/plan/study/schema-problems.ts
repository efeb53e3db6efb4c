import {z} from 'zod';

import {describeValue, suggest, type DocumentPath} from '../../config/problem.ts';
import type {Complaint, Report} from '../../config/report.ts';
import {readAt} from '../../core/mapping.ts';
import {describeExpected} from '../../core/text/describe-issues.ts';

type Issue = z.core.$ZodIssue;

interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
}

/** Checks a value by a schema and reports everything that is wrong. @returns null when something is. */
export function checkBySchema<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  report: Report,
): z.infer<Schema> | null {
  const {data, error} = schema.safeParse(value);
  if (!error) return data;
  for (const issue of error.issues) reportIssue(issue, {schema, value, report});
  return null;
}

function reportIssue(
  issue: Issue,
  context: {readonly schema: z.ZodType; readonly value: unknown; readonly report: Report},
): void {
  const {schema, value, report} = context;
  const path = issue.path.map(part => (typeof part === 'symbol' ? String(part) : part));
  const deepest = issue.code === 'invalid_union' ? findDeepest(issue) : undefined;
  if (deepest) {
    reportIssue({...deepest, path: [...issue.path, ...deepest.path]}, context);
    return;
  }
  if (issue.code === 'unrecognized_keys') {
    const known = listKeys(toJsonSchema(schema), path);
    for (const key of issue.keys) report.problem([...path, key], describeUnknownKey(key, known));
    return;
  }
  const found = readAt(value, path);
  const expected = describeExpected(issue);
  report.problem(path, {
    found: describeValue(found),
    expected: found === undefined ? `${expected} (it is missing)` : expected,
    hint: suggestValue(issue, found),
  });
}

/** Describes a key that is not known, with the one that is meant. */
function describeUnknownKey(key: string, known: readonly string[]): Complaint {
  const others = known.length === 0 ? undefined : `known here: ${known.join(', ')}`;
  return {found: `the unknown key "${key}"`, expected: 'a known one', hint: suggest(key, known) ?? others};
}

/** Returns the one issue inside an alternative that fits the value's shape: it says more than the list of all. */
function findDeepest(issue: Extract<Issue, {code: 'invalid_union'}>): Issue | undefined {
  const inner = issue.errors.flat().filter(({path}) => path.length > 0);
  return inner.length === 1 ? inner[0] : undefined;
}

function suggestValue(issue: Issue, found: unknown): string | undefined {
  if (issue.code !== 'invalid_value' || typeof found !== 'string') return undefined;
  return suggest(found, issue.values.map(String));
}

function toJsonSchema(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, {io: 'input', unrepresentable: 'any', reused: 'inline'}) as JsonSchema;
}

/** Returns the keys that a schema knows at a place. */
function listKeys(schema: JsonSchema | undefined, path: DocumentPath): string[] {
  if (!schema) return [];
  const alternatives = schema.anyOf ?? [];
  if (alternatives.length > 0) return alternatives.flatMap(each => listKeys(each, path));
  const [part, ...rest] = path;
  if (part === undefined) return Object.keys(schema.properties ?? {});
  const member = schema.properties?.[part];
  const others = typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined;
  return listKeys(member ?? (typeof part === 'number' ? schema.items : others), rest);
}
