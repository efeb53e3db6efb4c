import type {z} from 'zod';

import {isSecretKey, scrubText} from '../../core/secrets.ts';
import {describeExpected, describeType} from '../../core/text/describe-issues.ts';
import {BACKENDS} from '../../backend/backends.ts';
import {describeValue, suggest, type DocumentPath} from '../problem.ts';
import type {Complaint} from '../report.ts';
import {backendsWith, keysAt, findPlaces, describeTakenAt} from './schema-keys.ts';

const BACKEND_NAMES = BACKENDS.map(({name}) => name);

type Issue = z.core.$ZodIssue;

/** Describes what the schema found at a place. */
export function describeIssue(issue: Issue, path: DocumentPath, value: unknown): Complaint {
  const isSecret = path.at(-1) === 'api_key_env' || isSecretKey(path.at(-1));
  const found =
    isSecret && typeof value === 'string'
      ? 'a text that is no such name'
      : describeValue(typeof value === 'string' ? scrubText(value) : value);
  const isMissing = value === undefined;
  const expected = describeWanted(issue, path);
  return {
    found,
    expected: isMissing ? `${expected} (it is missing)` : expected,
    hint: isSecret ? 'the key itself belongs into that variable, not into a config' : suggestSpelling(issue, value),
  };
}

/** Describes a key that the schema does not know. */
export function describeUnknownKey(key: string, path: DocumentPath, backend: string | undefined): Complaint {
  const siblings = keysAt(path, backend);
  const spelling = suggest(key, siblings);
  if (isSecretKey(key) && spelling === undefined) {
    return {
      found: `the key "${key}"`,
      expected: 'no secrets in a config',
      hint: 'put it into an environment variable and name that in api_config.api_key_env',
    };
  }
  return {
    found: `the unknown key "${key}"`,
    expected: 'a known one',
    hint: suggestPlace(key, path, {spelling, siblings}),
  };
}

function suggestPlace(
  key: string,
  path: DocumentPath,
  {spelling, siblings}: {readonly spelling: string | undefined; readonly siblings: readonly string[]},
): string | undefined {
  const backends = backendsWith([...path, key]);
  if (backends.length > 0) return `it is for backend ${backends.join(', ')}`;
  const places = findPlaces(key);
  if (places.length > 0) return `${key} belongs into ${places.join(' or ')}`;
  if (spelling !== undefined) return spelling;
  return siblings.length > 0 && siblings.length <= 8 ? `known here: ${siblings.join(', ')}` : undefined;
}

function suggestSpelling(issue: Issue, value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  const candidates =
    issue.code === 'invalid_value' ? issue.values.map(String) : issue.code === 'invalid_union' ? BACKEND_NAMES : [];
  return suggest(value, candidates);
}

function describeWanted(issue: Issue, path: DocumentPath): string {
  if (issue.code === 'invalid_union' && 'discriminator' in issue) return `one of ${BACKEND_NAMES.join(', ')}`;
  return issue.code === 'invalid_type' ? describeWantedType(issue.expected, path) : describeExpected(issue);
}

/** Describes a type, with the range where the schema has one. */
function describeWantedType(type: string, path: DocumentPath): string {
  const takes = type === 'number' || type === 'int' ? describeTakenAt(path) : undefined;
  return takes === undefined ? describeType(type) : `a ${takes}`;
}
