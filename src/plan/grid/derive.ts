import {describeValue, didYouMean} from '../../config/problem.ts';
import type {Complaint, Report} from '../../config/report.ts';
import {pythonStr} from '../../core/python/python-str.ts';
import {entries, type GridMode} from './axes.ts';
import {TIMESTAMP_NAME} from './leftovers.ts';
import {getPath} from '../path.ts';

/** One `derive` rule: a path that gets a text made from others. */
export interface DeriveRule {
  readonly path: string;
  readonly template: string;
  /** The placeholders of the template, each once, in order. */
  readonly reads: readonly string[];
  /** The template taken apart; null under `compatibility: reference`. */
  readonly pieces: readonly Piece[] | null;
}

/** The rules of a `_grid` section in the order of the file; what is wrong goes to the report. */
export function readRules(
  grid: Readonly<Record<string, unknown>>,
  {mode, report}: {readonly mode: GridMode; readonly report: Report},
): DeriveRule[] {
  return entries(grid, 'derive', {report}).flatMap(([path, template]): DeriveRule[] => {
    if (typeof template !== 'string') {
      const expected = 'a text with {placeholders}';
      report.problem(['_grid', 'derive', path], {found: describeValue(template), expected});
      return [];
    }
    if (mode === 'reference') return [{path, template, reads: listPlaceholders(template), pieces: null}];
    const pieces = splitTemplate(template);
    if (pieces.some(piece => piece === OPEN)) {
      report.problem(['_grid', 'derive', path], {
        found: `a { without its } in ${describeValue(template)}`,
        expected: 'placeholders such as {agent_definitions.0.persona}',
        hint: 'a brace that is meant as one is written twice: {{',
      });
    }
    return [
      {
        path,
        template,
        reads: [...new Set(pieces.flatMap(each => (typeof each === 'object' ? [each.path] : [])))],
        pieces,
      },
    ];
  });
}

const OPEN = Symbol('a brace that is not closed');

/** A piece of a template: text, or what stands in braces. */
type Piece = string | {readonly path: string} | typeof OPEN;

function splitTemplate(template: string): Piece[] {
  return (template.match(/\{\{|\}\}|\{[^{}]+\}|\{\}|\{|\}|[^{}]+/g) ?? []).map((piece): Piece => {
    if (piece === '{{' || piece === '}}') return piece.slice(1);
    if (piece === '{') return OPEN;
    return /^\{.+\}$/s.test(piece) ? {path: piece.slice(1, -1)} : piece;
  });
}

function listPlaceholders(template: string): string[] {
  return [...new Set([...template.matchAll(/\{([^}]+)\}/g)].map(match => match[1] ?? ''))];
}

/**
 * The text of a rule for one config, with values as Python's `str()` writes them: `True`, `None`, `1.0`. Under
 * `compatibility: reference` placeholders are replaced one after the other, so that a value that holds a later one is
 * replaced again, and braces cannot be written.
 *
 * @param fail called, never to return, when a placeholder names nothing.
 */
export function deriveText(
  {template, reads, pieces}: DeriveRule,
  config: unknown,
  fail: (complaint: Complaint) => never,
): string {
  const readValue = (path: string): string => {
    const value = getPath(config, path);
    return value === undefined ? fail(describeUnknownPlaceholder(path, config)) : pythonStr(value);
  };
  if (!pieces) return reads.reduce((text, path) => text.replaceAll(`{${path}}`, () => readValue(path)), template);
  return pieces.map(piece => (typeof piece === 'object' ? readValue(piece.path) : String(piece))).join('');
}

function describeUnknownPlaceholder(path: string, config: unknown): Complaint {
  const meant = didYouMean(path, [TIMESTAMP_NAME]) ?? closestPath(path, config);
  return {
    found: `the placeholder {${path}}, which names nothing`,
    expected: 'the full dotted path of a field of the config',
    hint: meant === undefined ? undefined : `did you mean {${meant}}?`,
  };
}

/** The path with its first wrong part put right. */
function closestPath(path: string, config: unknown): string | undefined {
  const segments = path.split('.');
  let node = config;
  for (const [depth, segment] of segments.entries()) {
    if (node === null || typeof node !== 'object') return undefined;
    const child = getPath(node, segment);
    if (child === undefined) {
      const meant = didYouMean(segment, Object.keys(node));
      return meant === undefined
        ? undefined
        : [...segments.slice(0, depth), meant, ...segments.slice(depth + 1)].join('.');
    }
    node = child;
  }
  return undefined;
}
