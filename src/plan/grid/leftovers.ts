import {didYouMean, type DocumentPath} from '../../config/problem.ts';
import type {Complaint, Report} from '../../config/report.ts';
import type {GridMode} from './axes.ts';
import {getPath} from '../path.ts';

/** The placeholder for the time of submission in `_grid` values. */
export const TIMESTAMP_NAME = 'runtime.timestamp';

/** A dotted name in braces; other braces are only text. */
const PLACEHOLDER = /\{([A-Za-z_][\w-]*(?:\.[\w-]+)*)\}/;

/**
 * Names the placeholders that nothing fills in: in the base config, where nothing does, and in the values of `_grid`,
 * where the time has been filled in already. Derive rules look after their own. The older system took them as text,
 * which is a warning under `compatibility: reference`.
 */
export function checkLeftovers(
  base: Readonly<Record<string, unknown>>,
  {derive: _ownRules, ...grid}: Readonly<Record<string, unknown>>,
  {mode, report}: {readonly mode: GridMode; readonly report: Report},
): void {
  const reportLeftover = (path: DocumentPath, name: string): void => {
    const complaint = describe(name, base, path[0] === '_grid');
    if (mode === 'reference') report.warning(path, complaint);
    else report.problem(path, complaint);
  };
  search(base, [], reportLeftover);
  search(grid, ['_grid'], reportLeftover);
}

function search(value: unknown, path: DocumentPath, tell: (path: DocumentPath, name: string) => void): void {
  if (typeof value === 'string') {
    const name = value.includes('{') ? PLACEHOLDER.exec(value)?.[1] : undefined;
    if (name !== undefined) tell(path, name);
  } else if (Array.isArray(value)) {
    // A list may be very long: paths are made for the items that can have something in them.
    for (const [i, item] of value.entries()) if (mayHoldPlaceholder(item)) search(item, [...path, i], tell);
  } else if (value !== null && typeof value === 'object') {
    for (const [key, member] of Object.entries(value))
      if (mayHoldPlaceholder(member)) search(member, [...path, key], tell);
  }
}

function mayHoldPlaceholder(value: unknown): boolean {
  return typeof value === 'string' ? value.includes('{') : value !== null && typeof value === 'object';
}

function describe(name: string, base: unknown, isInGrid: boolean): Complaint {
  return {
    found: `the placeholder {${name}}, which nothing fills in`,
    expected: 'a text',
    hint: hintFor(name, base, isInGrid),
  };
}

function hintFor(name: string, base: unknown, isInGrid: boolean): string {
  if (name === TIMESTAMP_NAME && !isInGrid)
    return 'it is filled in inside _grid only: move the text into a derive rule';
  if (getPath(base, name) !== undefined) return 'fields are filled in by derive rules only: move the text into one';
  const meant = didYouMean(name, [TIMESTAMP_NAME]);
  if (meant !== undefined) return `did you mean {${meant}}?`;
  return 'if braces are meant, write the text in a derive rule with {{ and }}';
}
