import {editDistance} from '../conversation/matching/similarity.ts';
import {UserError} from '../core/errors.ts';

/** Keys from a document's root to a value. */
export type DocumentPath = readonly (string | number)[];

export interface Position {
  /** From 1. */
  readonly line: number;
  readonly column: number;
}

/** One thing that is wrong in a file. */
export interface Problem {
  readonly file: string;
  readonly position?: Position | undefined;
  readonly path: DocumentPath;
  /** The value that stands there, in words; never a secret. */
  readonly found: string;
  readonly expected: string;
  readonly hint?: string | undefined;
}

/** Returns `file:line:column: path: found …, expected …; hint`. */
export function describeProblem({file, position, path, found, expected, hint}: Problem): string {
  const place = position ? `${file}:${position.line}:${position.column}` : file;
  const where = path.length > 0 ? `${path.join('.')}: ` : '';
  return `${place}: ${where}found ${found}, expected ${expected}${hint === undefined ? '' : `; ${hint}`}`;
}

/** Problems in one message: more than anybody reads; a file of the wrong kind can have a million. */
const MAX_SHOWN = 200;

/**
 * All problems of a config at once; `grid-invalid` where its `_grid` does not expand, `profile-invalid` for a cluster
 * profile.
 */
export class ConfigError extends UserError {
  readonly problems: readonly Problem[];

  constructor(
    problems: readonly Problem[],
    code: 'config-invalid' | 'grid-invalid' | 'profile-invalid' = 'config-invalid',
  ) {
    const lines = problems.slice(0, MAX_SHOWN).map(describeProblem);
    const left = problems.length - lines.length;
    super(code, [...lines, ...(left > 0 ? [`and ${left} more`] : [])].join('\n     '));
    this.problems = problems;
  }
}

/** Returns a value as a message shows it: short, on one line. */
export function describeValue(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  const text = typeof value === 'object' ? describeObject(value) : describeScalar(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

function describeObject(value: object): string {
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`;
  const size = Object.keys(value).length;
  return 'hasTime' in value ? 'a date' : size === 0 ? 'an empty mapping' : 'a mapping';
}

function describeScalar(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}

/**
 * Returns the candidate that a misspelt word most likely means: at most two slips of the pen, or a third of its length,
 * away.
 */
export function didYouMean(word: string, candidates: Iterable<string>): string | undefined {
  return findCloseMatches(word, candidates)[0];
}

/** Returns `did you mean "…"?`, as the hint of a problem; undefined where no candidate is likely meant. */
export function suggest(word: string, candidates: Iterable<string>): string | undefined {
  const meant = didYouMean(word, candidates);
  return meant === undefined ? undefined : `did you mean "${meant}"?`;
}

/**
 * Returns the few candidates that a word may mean, likeliest first: those that it misspells, then those that it is a
 * piece of.
 */
export function findNearest(word: string, candidates: readonly string[], most: number): string[] {
  const piece = word.toLowerCase();
  const longer = piece === '' ? [] : candidates.filter(candidate => candidate.toLowerCase().includes(piece));
  const all = [...findCloseMatches(word, candidates), ...longer.toSorted((a, b) => a.length - b.length)];
  return [...new Set(all)].slice(0, most);
}

function findCloseMatches(word: string, candidates: Iterable<string>): string[] {
  const most = Math.max(2, Math.floor(word.length / 3));
  return (
    [...candidates]
      .map(candidate => ({candidate, distance: editDistance(word.toLowerCase(), candidate.toLowerCase())}))
      // Replacing most of a short word is no misspelling of it.
      .filter(({candidate, distance}) => distance <= most && distance < candidate.length)
      .sort((a, b) => a.distance - b.distance)
      .map(({candidate}) => candidate)
  );
}
