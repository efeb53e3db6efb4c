import type {z} from 'zod';

import {readAt} from '../mapping.ts';

type Issue = z.core.$ZodIssue;

/** More than a line can hold. */
const MOST = 5;
const MAX_CHARACTERS = 60;

/**
 * Returns the problems that a schema found in a value as one line: `score: expected a number, got null; feedback is
 * missing`. For values that programs wrote; problems in files of the user's have places (`Report`).
 */
export function describeIssues({issues}: z.ZodError, value: unknown): string {
  const lines = [...new Set(issues.map(issue => describeIssue(issue, value)))];
  const left = lines.length - MOST;
  return [...lines.slice(0, MOST), ...(left > 0 ? [`and ${left} more`] : [])].join('; ');
}

function describeIssue(issue: Issue, value: unknown): string {
  // Of alternatives the one that goes deepest says most.
  const inner = issue.code === 'invalid_union' ? issue.errors.flat().filter(({path}) => path.length > 0) : [];
  const [only] = inner;
  if (only && inner.length === 1) return describeIssue({...only, path: [...issue.path, ...only.path]}, value);
  const where = issue.path.map(String).join('.');
  const found = readAt(value, issue.path);
  if (issue.code === 'unrecognized_keys') return `${where || 'it'}: the unknown key ${issue.keys.join(', ')}`;
  if (found === undefined) return `${where || 'all of it'} is missing`;
  return `${where === '' ? '' : `${where}: `}expected ${describeExpected(issue, showJson)}, got ${describeFound(found)}`;
}

function showJson(value: unknown): string {
  return JSON.stringify(value);
}

/** Describes what a schema wants at the place of an issue: `a whole number`, `one of a, b`. */
export function describeExpected(issue: Issue, show: (value: unknown) => string = String): string {
  switch (issue.code) {
    case 'invalid_type':
      return describeType(issue.expected);
    case 'invalid_value':
      return `${issue.values.length > 1 ? 'one of ' : ''}${issue.values.map(show).join(', ')}`;
    case 'too_small':
      if (issue.origin === 'string') return 'a text that is not empty';
      if (issue.origin === 'array') return 'a list that is not empty';
      return `a number ${issue.inclusive ? '≥' : '>'} ${String(issue.minimum)}`;
    case 'too_big':
      return `a number ${issue.inclusive ? '≤' : '<'} ${String(issue.maximum)}`;
    case 'invalid_format':
      return issue.format === 'url' ? 'a URL such as http://127.0.0.1:8000/v1' : issue.message;
    case 'invalid_union':
      return describeAny(
        issue.errors.flatMap(branch => branch.slice(0, 1)),
        show,
      );
    case 'invalid_key':
      return describeAny(issue.issues, show);
    default:
      return issue.message;
  }
}

function describeAny(issues: readonly Issue[], show: (value: unknown) => string): string {
  return [...new Set(issues.map(each => describeExpected(each, show)))].join(' or ');
}

/** Names a type of a schema in plain words. */
export function describeType(type: string): string {
  return TYPE_NAMES[type] ?? type;
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping',
  record: 'a mapping',
};

function describeFound(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'a mapping';
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return text.length > MAX_CHARACTERS ? `${text.slice(0, MAX_CHARACTERS)}…` : text;
}
