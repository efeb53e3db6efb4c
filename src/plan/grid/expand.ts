import {ConfigError, describeValue, type DocumentPath} from '../../config/problem.ts';
import {Report, type Complaint, type ConfigSource} from '../../config/report.ts';
import type {Mapping} from '../../core/mapping.ts';
import {floatStripper, withoutPythonFloats} from '../../core/python/python-str.ts';
import type {Axis} from '../plan.ts';
import {countTasks, toDigits} from '../task-numbers.ts';
import {readAxes, hasAxes, type GridAxis, type GridMode} from './axes.ts';
import {deriveText, readRules, type DeriveRule} from './derive.ts';
import {describeAxis} from './describe-axis.ts';
import {checkLeftovers, TIMESTAMP_NAME} from './leftovers.ts';
import {PathError, setPath} from '../path.ts';

/** A grid as its axes and a function of the task number: each task is computed from its number alone. */
export interface ExpandedGrid {
  /** True if there is a non-empty sweep, broadcast or zip. */
  readonly isGrid: boolean;
  readonly axes: readonly Axis[];
  readonly derived: readonly DeriveRule[];
  /** Things in `_grid` that are legal, but odd. */
  readonly warnings: Report['warnings'];
  /** @throws ConfigError `grid-invalid` when a path or a placeholder leads nowhere. */
  readonly configAt: (index: number) => Mapping;
}

/** Stands in a `_grid` value for the time of submission. */
const RUNTIME_TIMESTAMP = `{${TIMESTAMP_NAME}}`;

/**
 * Expands a config document.
 *
 * @param raw with floats marked (`YamlDocument.raw`), since derived texts show them.
 * @param runtimeTimestamp `YYYYMMDDTHHMMSS.mmmZ`.
 * @throws ConfigError `grid-invalid` with everything that is wrong with the `_grid` section itself.
 */
export function expandGrid(
  raw: unknown,
  runtimeTimestamp: string,
  mode: GridMode,
  source: ConfigSource = {file: 'config', locate: () => undefined},
): ExpandedGrid {
  const report = new Report(source);
  const {base, grid} = splitDocument(raw, runtimeTimestamp, report);
  const axes = readAxes(grid, {mode, report});
  const derived = readRules(grid, {mode, report});
  checkLeftovers(base, grid, {mode, report});
  const size = countTasks(axes);
  if (size > Number.MAX_SAFE_INTEGER) {
    report.problem(['_grid'], {found: `${size.toPrecision(3)} tasks`, expected: 'fewer than 9e15'});
  }
  if (report.problems.length > 0) throw new ConfigError(report.problems, 'grid-invalid');
  const {warnings} = report;
  if (!hasAxes(grid)) return {...withoutAxes(raw), warnings};
  const withoutFloats = floatStripper([...Object.values(base), ...axes.flatMap(({values}) => values.filter(isObject))]);
  return {
    isGrid: true,
    axes: axes.map(axis => describeAxis({...axis, values: withoutPythonFloats(axis.values) as readonly unknown[]})),
    derived,
    warnings,
    configAt: index =>
      withoutFloats(buildConfig(base, {axes, digits: toDigits(axes, index), derived, source})) as Mapping,
  };
}

function splitDocument(raw: unknown, runtimeTimestamp: string, report: Report): {base: Mapping; grid: Mapping} {
  if (raw === null || typeof raw !== 'object') {
    report.problem([], {found: describeValue(raw), expected: 'a mapping of config sections'});
    return {base: {}, grid: {}};
  }
  const {_grid: written, ...base} = raw as Record<string, unknown>;
  const grid = substituteTimestamp(written ?? {}, runtimeTimestamp);
  if (typeof grid === 'object' && !Array.isArray(grid)) return {base, grid: grid as Mapping};
  report.problem(['_grid'], {found: describeValue(grid), expected: 'a mapping of sweep, broadcast, zip and derive'});
  return {base, grid: {}};
}

function isObject(value: unknown): boolean {
  return value !== null && typeof value === 'object';
}

/** As it stands, `_grid` included: the older system's answer for what is no grid. */
function withoutAxes(raw: unknown): Omit<ExpandedGrid, 'warnings'> {
  const whole = withoutPythonFloats(raw) as Mapping;
  return {isGrid: false, axes: [], derived: [], configAt: () => whole};
}

interface Parts {
  readonly axes: readonly GridAxis[];
  readonly digits: readonly number[];
  readonly derived: readonly DeriveRule[];
  readonly source: ConfigSource;
}

/** Axes first, in order, so that a later one wins; then the rules, each of which sees what earlier ones wrote. */
function buildConfig(base: Mapping, {axes, digits, derived, source}: Parts): Mapping {
  let config = base;
  for (const [i, axis] of axes.entries()) {
    const digit = digits[i] ?? 0;
    const value = axis.values[digit];
    const isZip = axis.kind === 'zip';
    for (const path of isZip ? Object.keys(value as Mapping) : axis.paths) {
      const assigned = isZip ? (value as Mapping)[path] : value;
      const place = ['_grid', axis.kind, axis.name, ...(isZip ? [digit, path] : [])];
      config = setAt(config, path, assigned, {source, place});
    }
  }
  for (const rule of derived) {
    const at = {source, place: ['_grid', 'derive', rule.path]};
    config = setAt(
      config,
      rule.path,
      deriveText(rule, config, complaint => refuse(at, complaint)),
      at,
    );
  }
  return config;
}

interface Place {
  readonly source: ConfigSource;
  readonly place: DocumentPath;
}

function setAt(config: Mapping, path: string, value: unknown, at: Place): Mapping {
  try {
    return setPath(config, path, value);
  } catch (error) {
    if (!(error instanceof PathError)) throw error;
    return refuse(at, {found: `the path ${path}, but ${error.message}`, expected: 'a path that the config has'});
  }
}

function refuse({source, place}: Place, complaint: Complaint): never {
  const report = new Report(source);
  report.problem(place, complaint);
  throw new ConfigError(report.problems, 'grid-invalid');
}

/** A value with `{runtime.timestamp}` replaced in all its texts, but not in its keys. */
export function substituteTimestamp(value: unknown, timestamp: string): unknown {
  if (typeof value === 'string') return value.replaceAll(RUNTIME_TIMESTAMP, timestamp);
  if (Array.isArray(value)) return value.map(item => substituteTimestamp(item, timestamp));
  if (value === null || typeof value !== 'object' || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key, substituteTimestamp(member, timestamp)]),
  );
}
