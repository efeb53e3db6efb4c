import {isSecretKey} from '../core/secrets.ts';
import type {TaskConfig} from '../core/task-config.ts';
import {describeIssue, describeUnknownKey} from './schema/describe-issue.ts';
import {ConfigError, describeValue, type DocumentPath, type Problem} from './problem.ts';
import {validateReference} from './rules/reference-rules.ts';
import {Report, type ConfigSource} from './report.ts';
import {checkPlaceholders, checkRules} from './rules/rules.ts';
import {sharingSchema} from './schema/schema.ts';

export type {ConfigSource} from './report.ts';

export interface Validated {
  /** Null when there are problems. */
  readonly config: TaskConfig | null;
  readonly problems: readonly Problem[];
  /** Odd, but it runs. */
  readonly warnings: readonly Problem[];
}

const UNKNOWN_SOURCE: ConfigSource = {file: 'config', locate: () => undefined};

/**
 * Checks one expanded configuration and fills in defaults; reports everything that is wrong at once. An option that is
 * null is an option left out.
 *
 * Under `compatibility: reference` unknown keys and roles are kept, with a warning, as the older system kept them.
 */
export function validateTaskConfig(raw: unknown, source: ConfigSource = UNKNOWN_SOURCE): Validated {
  const report = new Report(source);
  checkPlaceholders(raw, report);
  const isReference = (raw as {compatibility?: unknown} | null | undefined)?.compatibility === 'reference';
  const config = isReference ? parseLeniently(raw, report) : parse(raw, report);
  checkRules(raw, report);
  if (isReference) checkReference(raw, report);
  return {
    config: report.problems.length === 0 ? config : null,
    problems: report.problems,
    warnings: report.warnings,
  };
}

/** Returns a valid configuration, as `validateTaskConfig` does. @throws ConfigError with every problem. */
export function requireValid(raw: unknown, source?: ConfigSource): TaskConfig {
  const {config, problems} = validateTaskConfig(raw, source);
  if (config) return config;
  throw new ConfigError(problems);
}

interface UnknownKey {
  readonly path: DocumentPath;
  readonly key: string;
}

/** Parses the configuration by the schema; null when something is wrong with it. */
function parse(raw: unknown, report: Report): TaskConfig | null {
  const {config, unknown} = applySchema(raw, report);
  for (const {path, key} of unknown) report.problem([...path, key], describeUnknown(raw, path, key));
  return unknown.length > 0 ? null : config;
}

/** Does the same with unknown keys kept, except in the prompt's section, where the older system dropped them. */
function parseLeniently(raw: unknown, report: Report): TaskConfig | null {
  const first = applySchema(raw, report);
  const {unknown} = first;
  if (unknown.length === 0) return first.config;
  const known = structuredClone(raw);
  for (const {path, key} of unknown) {
    const complaint = describeUnknown(raw, path, key);
    if (isSecretKey(key)) report.problem([...path, key], complaint);
    else report.warning([...path, key], complaint);
    Reflect.deleteProperty(valueAt(known, path) as object, key);
  }
  const again = applySchema(known, report);
  if (!again.config) return null;
  // Parsed parts are shared between tasks.
  const config = structuredClone(again.config);
  for (const {path, key} of unknown) {
    if (path[0] === 'prompt_template_config') continue;
    Object.assign(valueAt(config, path) as object, {[key]: valueAt(raw, [...path, key])});
  }
  return config;
}

function applySchema(raw: unknown, report: Report): {config: TaskConfig | null; unknown: readonly UnknownKey[]} {
  const {data, error} = sharingSchema.safeParse(raw);
  if (!error) return {config: data, unknown: []};
  const unknown: UnknownKey[] = [];
  for (const issue of error.issues) {
    const path = issue.path.map(part => (typeof part === 'symbol' ? String(part) : part));
    if (issue.code === 'unrecognized_keys') unknown.push(...issue.keys.map(key => ({path, key})));
    else report.problem(path, describeIssue(issue, path, valueAt(raw, path)));
  }
  return {config: null, unknown};
}

function describeUnknown(raw: unknown, path: DocumentPath, key: string) {
  const model = path[0] === 'model_definitions' ? valueAt(raw, path.slice(0, 2)) : undefined;
  const backend = (model as {backend?: unknown} | undefined)?.backend;
  return describeUnknownKey(key, path, typeof backend === 'string' ? backend : undefined);
}

/** Refuses what the older system refused, whatever our own rules say. */
function checkReference(raw: unknown, report: Report): void {
  const outcome = validateReference(raw);
  if ('error' in outcome && report.problems.length === 0) {
    report.problem([], {found: describeValue(raw), expected: `a config without this: ${outcome.error.message}`});
  }
}

function valueAt(raw: unknown, path: DocumentPath): unknown {
  let value = raw;
  for (const key of path) {
    if (value === null || typeof value !== 'object' || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string | number, unknown>)[key];
  }
  return value;
}
