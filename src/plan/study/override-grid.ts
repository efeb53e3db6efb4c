import {isSeq, parseDocument, stringify, visit, type Document} from 'yaml';

import type {DocumentPath, Problem} from '../../config/problem.ts';
import type {ConfigText} from '../../config/read-config.ts';
import {sha256} from '../../core/seeds/hash.ts';
import type {ParsedConfig} from '../front-end.ts';
import {parseConfig} from '../front-ends.ts';

/** Changes of a grid's config by one row of a study. */
export interface GridChanges {
  /** Dotted paths, e.g. `agent_definitions.0.persona`, and values. */
  readonly overrides: readonly (readonly [path: string, value: unknown])[];
  /** Goes into `conversation_config.seed`, unless the row or the grid itself sets that. */
  readonly seed: number | null;
}

/** A grid's config as one row of a study runs it. */
export interface ChangedGrid {
  readonly config: ParsedConfig;
  readonly problems: readonly Problem[];
}

const SEED: string = 'conversation_config.seed';

/**
 * Lays the overrides of a row over a grid's config; comments and order stay.
 *
 * @throws ConfigError when the config is no YAML.
 */
export function overrideGrid(source: ConfigText, {overrides, seed}: GridChanges): ChangedGrid {
  const parsed = parseConfig(source);
  const {written} = parsed.frontEnd.baseConfig(parsed.document);
  const isSeedSet = [...overrides.map(([path]) => path), ...written].includes(SEED);
  const all = seed === null || isSeedSet ? overrides : [[SEED, seed] as const, ...overrides];
  if (all.length === 0) return {config: parsed, problems: []};
  const text = applyOverrides(source.text, all);
  return {
    config: parseConfig({path: source.path, text, sha256: sha256(text)}),
    problems: overrides.flatMap(([path]) => {
      const axis = written.find(each => each === path || each.startsWith(`${path}.`) || path.startsWith(`${each}.`));
      if (axis === undefined) return [];
      return [
        {
          file: source.path,
          position: parsed.document.locate(['_grid']),
          path: splitPath(path),
          found: `an override of ${path}, which the grid itself sets (${axis})`,
          expected: 'one of them',
          hint: `to change the axis, override _grid.sweep.${axis}`,
        },
      ];
    }),
  };
}

function applyOverrides(text: string, overrides: GridChanges['overrides']): string {
  const document = parseDocument(text, {version: '1.2'});
  // A value behind an alias belongs to several places; written out, each is its own.
  const changed: Document = hasAlias(document) ? parseDocument(stringify(document.toJS()), {version: '1.2'}) : document;
  for (const [path, value] of overrides) {
    const keys = placePath(changed, splitPath(path));
    changed.setIn(keys, changed.createNode(value));
  }
  return changed.toString();
}

/** Splits a dotted path; keys of an axis have dots themselves. Hydra's `+` and `++` say only that a key may be new. */
function splitPath(path: string): DocumentPath {
  const parts = path.replace(/^\+{1,2}/, '').split('.');
  const [first = '', second = '', ...rest] = parts;
  return first === '_grid' && rest.length > 0 ? [first, second, rest.join('.')] : parts;
}

/** Writes the places in lists as numbers. */
function placePath(document: Document, path: DocumentPath): DocumentPath {
  return path.map((part, i) => {
    const parent: unknown = i === 0 ? document.contents : document.getIn(path.slice(0, i).map(toKey), true);
    return isSeq(parent) ? toKey(part) : part;
  });
}

function toKey(part: string | number): string | number {
  return typeof part === 'string' && /^\d+$/.test(part) ? Number(part) : part;
}

function hasAlias(document: Document): boolean {
  let found = false;
  visit(document, {
    Alias: () => {
      found = true;
      return visit.BREAK;
    },
  });
  return found;
}
