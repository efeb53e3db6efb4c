import type {z} from 'zod';

import {UserError} from '../core/errors.ts';
import type {TaskConfig} from '../core/task-config.ts';
import {ROLES} from '../conversation/roles/registry.ts';
import {describeValue, didYouMean, type DocumentPath, type Position, type Problem} from './problem.ts';
import {taskConfigSchema} from './schema.ts';

/** Where a raw configuration came from, so that problems can point there. */
export interface ConfigSource {
  readonly file: string;
  readonly locate: (path: DocumentPath) => Position | undefined;
}

export interface Validated {
  /** Null when there are problems. */
  readonly config: TaskConfig | null;
  readonly problems: readonly Problem[];
  /** Odd, but it runs. */
  readonly warnings: readonly Problem[];
}

const NOWHERE: ConfigSource = {file: 'config', locate: () => undefined};

/** Checks one expanded configuration and fills in defaults; reports everything that is wrong at once. */
export function validateTaskConfig(raw: unknown, source: ConfigSource = NOWHERE): Validated {
  const report = new Report(source);
  const parsed = taskConfigSchema.safeParse(raw);
  if (!parsed.success) {
    for (const issue of parsed.error.issues) reportIssue(issue, raw, report);
    return {config: null, problems: report.problems, warnings: []};
  }
  const config = parsed.data as TaskConfig;
  checkRules(config, report);
  return {
    config: report.problems.length === 0 ? config : null,
    problems: report.problems,
    warnings: report.warnings,
  };
}

class Report {
  readonly problems: Problem[] = [];
  readonly warnings: Problem[] = [];
  readonly #source: ConfigSource;

  constructor(source: ConfigSource) {
    this.#source = source;
  }

  problem(path: DocumentPath, found: string, expected: string, hint?: string): void {
    this.problems.push(this.#describe(path, found, expected, hint));
  }

  warning(path: DocumentPath, found: string, expected: string, hint?: string): void {
    this.warnings.push(this.#describe(path, found, expected, hint));
  }

  #describe(path: DocumentPath, found: string, expected: string, hint: string | undefined): Problem {
    return {file: this.#source.file, position: this.#source.locate(path), path, found, expected, hint};
  }
}

type Issue = z.core.$ZodIssue;

/** Keys whose values must never be printed. */
const SECRET_KEY = /api_?key$|token$|secret|password|authorization/i;

function reportIssue(issue: Issue, raw: unknown, report: Report): void {
  const path = issue.path.map(key => (typeof key === 'symbol' ? String(key) : key));
  const value = valueAt(raw, path);
  if (value === '_') {
    report.problem(path, 'the placeholder _', 'a value', 'nothing in _grid fills it in');
    return;
  }
  switch (issue.code) {
    case 'unrecognized_keys':
      for (const key of issue.keys) reportUnknownKey(key, path, report);
      return;
    case 'invalid_union':
      if ('discriminator' in issue || path.at(-1) === 'backend') {
        report.problem(path, describeValue(value), 'one of vllm, openai, anthropic, ollama, simulated');
        return;
      }
      report.problem(path, describeValue(value), 'a whole number ≥ 1 or "auto"');
      return;
    default:
      report.problem(path, describeValue(value), expectationOf(issue, value), hintOf(issue, value));
  }
}

function reportUnknownKey(key: string, path: DocumentPath, report: Report): void {
  const full = [...path, key];
  if (SECRET_KEY.test(key)) {
    report.problem(
      full,
      `the key "${key}"`,
      'no secrets in a config',
      'put it into an environment variable and name that in api_config.api_key_env',
    );
    return;
  }
  const meant = didYouMean(key, knownKeys());
  report.problem(
    full,
    `the unknown key "${key}"`,
    'a known one',
    meant === undefined ? undefined : `did you mean "${meant}"?`,
  );
}

function expectationOf(issue: Issue, value: unknown): string {
  switch (issue.code) {
    case 'invalid_type':
      return value === undefined ? `${describeType(issue.expected)} (it is missing)` : describeType(issue.expected);
    case 'invalid_value':
      return `one of ${issue.values.map(String).join(', ')}`;
    case 'too_small':
      if (issue.origin === 'string') return 'a text that is not empty';
      if (issue.origin === 'array') return 'a list that is not empty';
      return `a number ${issue.inclusive ? '≥' : '>'} ${String(issue.minimum)}`;
    case 'too_big':
      return `a number ${issue.inclusive ? '≤' : '<'} ${String(issue.maximum)}`;
    case 'invalid_format':
      return issue.format === 'url' ? 'a URL such as http://127.0.0.1:8000/v1' : issue.message;
    default:
      return issue.message;
  }
}

function hintOf(issue: Issue, value: unknown): string | undefined {
  if (issue.code !== 'invalid_value' || typeof value !== 'string') return undefined;
  const meant = didYouMean(value, issue.values.map(String));
  return meant === undefined ? undefined : `did you mean "${meant}"?`;
}

function describeType(type: string): string {
  const names: Readonly<Record<string, string>> = {
    string: 'a text',
    number: 'a number',
    int: 'a whole number',
    boolean: 'true or false',
    array: 'a list',
    object: 'a mapping',
    record: 'a mapping',
  };
  return names[type] ?? type;
}

function valueAt(raw: unknown, path: DocumentPath): unknown {
  let value = raw;
  for (const key of path) {
    if (value === null || typeof value !== 'object') return undefined;
    value = (value as Record<string | number, unknown>)[key];
  }
  return value;
}

let keys: Set<string> | undefined;

/** Every key of the schema, for suggestions. */
function knownKeys(): Set<string> {
  if (keys) return keys;
  const found = new Set<string>();
  const visit = (node: unknown): void => {
    const schema = node as {shape?: Record<string, unknown>; _zod?: {def?: Record<string, unknown>}} | undefined;
    for (const [key, member] of Object.entries(schema?.shape ?? {})) {
      found.add(key);
      visit(member);
    }
    const def = schema?._zod?.def ?? {};
    for (const inner of [
      def['innerType'],
      def['element'],
      def['valueType'],
      ...((def['options'] as unknown[] | undefined) ?? []),
    ]) {
      if (inner) visit(inner);
    }
  };
  visit(taskConfigSchema);
  return (keys = found);
}

/** What a schema cannot say: how parts of a config fit together. */
function checkRules(config: TaskConfig, report: Report): void {
  const isReference = config.compatibility === 'reference';
  checkNames(config, report);
  const {reveal_persona, reveal_demographics, reveal_presence_mode} = config.identity_reveal_config;
  if (!reveal_presence_mode && (reveal_persona || reveal_demographics)) {
    report.problem(
      ['identity_reveal_config', 'reveal_presence_mode'],
      'false with another reveal true',
      'false for all three, or true',
      'hidden presence means fully anonymous agents',
    );
  }
  checkAgents(config, isReference, report);
  checkModels(config, report);
  if (!/as-(?:human|ai|hybrid|anonymous)/i.test(config.experiment_metadata.experiment_name) && isReference) {
    report.warning(
      ['experiment_metadata', 'experiment_name'],
      describeValue(config.experiment_metadata.experiment_name),
      'a name with as-human, as-ai, as-hybrid or as-anonymous',
    );
  }
}

function checkNames({experiment_metadata: metadata}: TaskConfig, report: Report): void {
  for (const key of ['experiment_name', 'benchmark_subcategory'] as const) {
    const name = metadata[key];
    const parts = name.split('/');

    if (parts.some(part => part === '' || part === '.' || part === '..') || /[\x00-\x1f]/.test(name)) {
      report.problem(
        ['experiment_metadata', key],
        describeValue(name),
        'a name that can be a folder',
        'no "..", no leading or doubled "/"',
      );
    } else if (parts.some(part => Buffer.byteLength(part) > 200)) {
      report.problem(
        ['experiment_metadata', key],
        `a name of ${Buffer.byteLength(name)} bytes`,
        'at most 200, since files are named after it',
      );
    }
  }
}

function checkAgents(config: TaskConfig, isReference: boolean, report: Report): void {
  const {agent_definitions: agents, model_definitions: models} = config;
  const ids = new Set<string>();
  for (const [i, agent] of agents.entries()) {
    const path = ['agent_definitions', i];
    if (ids.has(agent.agent_id))
      report.problem([...path, 'agent_id'], describeValue(agent.agent_id), 'an id that no other agent has');
    ids.add(agent.agent_id);
    if (!(agent.role in ROLES) && !isReference) {
      const meant = didYouMean(agent.role, Object.keys(ROLES));
      const hint = meant === undefined ? undefined : `did you mean "${meant}"?`;
      report.problem([...path, 'role'], describeValue(agent.role), `one of ${Object.keys(ROLES).join(', ')}`, hint);
    }
    if (!(agent.model in models)) {
      const meant = didYouMean(agent.model, Object.keys(models));
      const hint = meant === undefined ? undefined : `did you mean "${meant}"?`;
      report.problem(
        [...path, 'model'],
        describeValue(agent.model),
        `a key of model_definitions: ${Object.keys(models).join(', ')}`,
        hint,
      );
    }
  }
  checkWaiting(config, report);
}

/** Agents that wait for one who is not there, or in a circle, would never speak. */
function checkWaiting({agent_definitions: agents}: TaskConfig, report: Report): void {
  const ids = new Set(agents.map(({agent_id}) => agent_id));
  const waitsFor = new Map<string, readonly string[]>();
  for (const [i, {agent_id, role_specific_config: specific}] of agents.entries()) {
    const others = specific?.speak_after_within_round ?? [];
    waitsFor.set(agent_id, others);
    for (const other of others) {
      if (!ids.has(other)) {
        report.problem(
          ['agent_definitions', i, 'role_specific_config', 'speak_after_within_round'],
          `"${other}"`,
          `an agent of this config: ${[...ids].join(', ')}`,
        );
      }
    }
  }
  const free = new Set<string>();
  for (let progress = true; progress;) {
    progress = false;
    for (const [id, others] of waitsFor) {
      if (free.has(id) || !others.every(other => free.has(other) || !ids.has(other))) continue;
      free.add(id);
      progress = true;
    }
  }
  const stuck = agents.findIndex(({agent_id}) => !free.has(agent_id));
  if (stuck >= 0) {
    const names = [...ids].filter(id => !free.has(id)).join(', ');
    report.problem(
      ['agent_definitions', stuck, 'role_specific_config', 'speak_after_within_round'],
      `agents that wait for each other (${names})`,
      'an order in which each can speak',
    );
  }
}

function checkModels({model_definitions: models, agent_definitions: agents}: TaskConfig, report: Report): void {
  const used = new Set(agents.map(({model}) => model));
  for (const [key, model] of Object.entries(models)) {
    const path = ['model_definitions', key];
    if (!used.has(key)) {
      report.warning(path, 'a model that no agent uses', 'an agent that names it');
      continue;
    }
    if (model.backend === 'vllm') {
      if (model.vllm_config?.max_num_seqs_upper_bound === undefined && model.max_num_seqs === undefined) {
        report.problem(
          [...path, 'vllm_config', 'max_num_seqs_upper_bound'],
          'nothing',
          'how many sequences may run at once',
          'or set max_num_seqs: auto',
        );
      }
    } else if (model.backend !== 'simulated' && model.model_name === undefined && model.model_path === undefined) {
      report.problem([...path, 'model_name'], 'nothing', "the model's name at the provider");
    }
  }
}

/** As `validateTaskConfig`, for one who cannot go on without. @throws UserError with every problem. */
export function requireValid(raw: unknown, source?: ConfigSource): TaskConfig {
  const {config, problems} = validateTaskConfig(raw, source);
  if (config) return config;
  const texts = problems.map(
    ({path, found, expected, hint}) =>
      `${path.join('.')}: found ${found}, expected ${expected}${hint === undefined ? '' : `. ${hint}`}`,
  );
  throw new UserError('config-invalid', texts.join('; '));
}
