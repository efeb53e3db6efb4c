import {UserError} from '../../core/errors.ts';
import {pythonStr, withoutPythonFloats} from '../../core/python-str.ts';
import type {Axis} from '../plan.ts';
import {readAxes, type GridMode} from './axes.ts';
import {getPath, setPath} from './path.ts';

type Mapping = Readonly<Record<string, unknown>>;

/** A grid as its axes and two functions: configuration and sweep values of task i, computed from i alone. */
export interface Expansion {
  /** Whether there is a non-empty sweep, broadcast or zip. */
  readonly isGrid: boolean;
  readonly axes: readonly Axis[];
  readonly size: number;
  readonly derivedPaths: readonly string[];
  /** @throws UserError `grid-invalid`. */
  readonly configAt: (index: number) => Mapping;
  readonly specsAt: (index: number) => Mapping;
  /** Position on each axis, in the order of `axes`. */
  readonly digitsAt: (index: number) => readonly number[];
}

/** Stands in a `_grid` value for the time of submission. */
const RUNTIME_TIMESTAMP = '{runtime.timestamp}';

/**
 * Expands a config document.
 *
 * @param raw with floats marked (`YamlDocument.raw`), since derived texts show them.
 * @param runtimeTimestamp `YYYYMMDDTHHMMSS.mmmZ`.
 * @throws UserError `grid-invalid` for what is wrong with the `_grid` section itself.
 */
export function expandGrid(raw: unknown, runtimeTimestamp: string, mode: GridMode): Expansion {
  if (raw === null || typeof raw !== 'object') throw new UserError('grid-invalid', 'a config is a mapping of sections');
  const {_grid: written, ...base} = raw as Record<string, unknown>;
  if (Array.isArray(written)) throw new UserError('grid-invalid', '_grid: found a list, expected a mapping');
  const grid = substituteTimestamp(written ?? {}, runtimeTimestamp) as Mapping;
  const isGrid = ['sweep', 'broadcast', 'zip'].some(kind => Object.keys(grid[kind] ?? {}).length > 0);
  if (!isGrid) {
    const whole = withoutPythonFloats(raw) as Mapping;
    return {
      isGrid,
      axes: [],
      size: 1,
      derivedPaths: [],
      configAt: () => whole,
      specsAt: () => ({}),
      digitsAt: () => [],
    };
  }
  const axes = readAxes(grid, mode);
  const rules = readRules(grid['derive']);
  const digitsAt = (index: number): number[] => digitsOf(index, axes);
  return {
    isGrid,
    axes: axes.map(axis => ({...axis, values: withoutPythonFloats(axis.values) as readonly unknown[]})),
    size: axes.reduce((product, {values}) => product * values.length, 1),
    derivedPaths: rules.map(([path]) => path),
    digitsAt,
    specsAt: index => {
      const digits = digitsAt(index);
      return withoutPythonFloats(
        Object.fromEntries(axes.map(({name, values}, i) => [name, values[digits[i] ?? 0]])),
      ) as Mapping;
    },
    configAt: index => {
      const digits = digitsAt(index);
      let config: Mapping = base;
      for (const [i, axis] of axes.entries()) config = applyAxis(config, axis, axis.values[digits[i] ?? 0]);
      for (const [path, template] of rules) config = setPath(config, path, derive(template, config));
      return withoutPythonFloats(config) as Mapping;
    },
  };
}

/** Mixed-radix digits of a task number, last axis fastest. */
function digitsOf(index: number, axes: readonly Axis[]): number[] {
  const digits: number[] = new Array<number>(axes.length).fill(0);
  let rest = index;
  for (let i = axes.length - 1; i >= 0; i--) {
    const radix = axes[i]?.values.length ?? 1;
    digits[i] = rest % radix;
    rest = Math.floor(rest / radix);
  }
  return digits;
}

function applyAxis(config: Mapping, {kind, paths}: Axis, value: unknown): Mapping {
  const assignments: [string, unknown][] =
    kind === 'zip' ? Object.entries(value as Mapping) : paths.map(path => [path, value]);
  return assignments.reduce((result, [path, assigned]) => setPath(result, path, assigned), config);
}

function substituteTimestamp(value: unknown, timestamp: string): unknown {
  if (typeof value === 'string') return value.replaceAll(RUNTIME_TIMESTAMP, timestamp);
  if (Array.isArray(value)) return value.map(item => substituteTimestamp(item, timestamp));
  if (value === null || typeof value !== 'object' || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key, substituteTimestamp(member, timestamp)]),
  );
}

function readRules(rules: unknown): [string, string][] {
  if (rules === undefined || rules === null) return [];
  if (typeof rules !== 'object' || Array.isArray(rules))
    throw new UserError('grid-invalid', '_grid.derive: expected a mapping');
  return Object.entries(rules).map(([path, template]) => {
    if (typeof template === 'string') return [path, template];
    throw new UserError(
      'grid-invalid',
      `derive ${path}: found ${pythonStr(template)}, expected a text with {placeholders}`,
    );
  });
}

const PLACEHOLDER = /\{([^}]+)\}/g;

/** Placeholders of a template, each once, in order. */
export function placeholdersOf(template: string): string[] {
  return [...new Set([...template.matchAll(PLACEHOLDER)].map(match => match[1] ?? ''))];
}

/** Replaces placeholders one after the other, so that a value that holds a later one is replaced again (as in the older system). */
function derive(template: string, config: Mapping): string {
  return placeholdersOf(template).reduce((text, path) => {
    const value = getPath(config, path);
    if (value === undefined) {
      throw new UserError(
        'grid-invalid',
        `Cannot resolve derivation placeholder '{${path}}': field not found in config. Use full dot-notation path.`,
      );
    }
    return text.replaceAll(`{${path}}`, () => pythonStr(value));
  }, template);
}
