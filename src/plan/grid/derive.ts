import {describeValue, didYouMean} from '../../config/problem.ts';
import type {Complaint, Report} from '../../config/report.ts';
import {pythonStr} from '../../core/python-str.ts';
import {entries} from './axes.ts';
import {getPath} from './path.ts';

/** One `derive` rule: a path that gets a text made from others. */
export interface DeriveRule {
  readonly path: string;
  readonly template: string;
  /** The placeholders of the template, each once, in order. */
  readonly reads: readonly string[];
}

/** The rules of a `_grid` section in the order of the file; what is wrong goes to the report. */
export function readRules(grid: Readonly<Record<string, unknown>>, report: Report): DeriveRule[] {
  return entries(grid, 'derive', {report}).flatMap(([path, template]) => {
    if (typeof template === 'string') return [{path, template, reads: placeholdersOf(template)}];
    const expected = 'a text with {placeholders}';
    report.problem(['_grid', 'derive', path], {found: describeValue(template), expected});
    return [];
  });
}

function placeholdersOf(template: string): string[] {
  return [...new Set([...template.matchAll(/\{([^}]+)\}/g)].map(match => match[1] ?? ''))];
}

/**
 * The text of a rule for one config, with values as Python's `str()` writes them: `True`, `None`, `1.0`. Placeholders are replaced one after the other,
 * so a value that holds a later one is replaced again, as in the older system.
 *
 * @param fail called, never to return, when a placeholder names nothing.
 */
export function deriveText(
  {template, reads}: DeriveRule,
  config: unknown,
  fail: (complaint: Complaint) => never,
): string {
  return reads.reduce((text, path) => {
    const value = getPath(config, path);
    if (value === undefined) fail(namesNothing(path, config));
    return text.replaceAll(`{${path}}`, () => pythonStr(value));
  }, template);
}

function namesNothing(path: string, config: unknown): Complaint {
  const meant = closestPath(path, config);
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
