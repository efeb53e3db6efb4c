import {isMapping, type Mapping} from '../../core/mapping.ts';
import {PythonFloat, pythonStr} from '../../core/python/python-str.ts';
import {CHOICE_DISPLAY_FORMATS, JSON_FIELD_ORDERS} from '../../core/task-config.ts';
import type {RecordedError} from '../../record/formats.ts';
import {recordedError} from '../../record/task/recorded-errors.ts';

/**
 * The result of the older system's check: the configuration with its defaults and what it prints, or the error it
 * raises.
 */
export type ReferenceOutcome =
  {readonly config: Mapping; readonly printed: readonly string[]} | {readonly error: RecordedError};

class Refusal extends Error {
  readonly error: RecordedError;

  constructor(error: RecordedError) {
    super(error.message);
    this.error = error;
  }
}

type FieldType = 'str' | 'int' | 'float' | 'bool' | 'any';

const SECTIONS = [
  'experiment_metadata',
  'conversation_config',
  'retry_config',
  'identity_reveal_config',
  'model_definitions',
  'agent_definitions',
];

/** Fields of each section and their types, in the order in which they are checked. */
const FIELDS: readonly (readonly [section: string, fields: Readonly<Record<string, FieldType>>])[] = [
  [
    'experiment_metadata',
    {experiment_name: 'any', benchmark_subcategory: 'any', schema_version: 'any', questions_file: 'any'},
  ],
  ['conversation_config', {routing_strategy: 'str', max_rounds: 'int'}],
  [
    'retry_config',
    {
      max_retries: 'int',
      answer_match_threshold: 'float',
      retry_on_validation_error: 'bool',
      retry_on_generation_error: 'bool',
    },
  ],
  ['identity_reveal_config', {reveal_persona: 'bool', reveal_demographics: 'bool', reveal_presence_mode: 'bool'}],
];
const AGENT_FIELDS = ['agent_id', 'role', 'if_as_human', 'model', 'temperature', 'max_tokens'];

/**
 * Checks an expanded configuration by the older system's rules, in its order, stopping at the first error. Its own
 * kinds of error keep their class and code; where it would have fallen over a value that it did not expect, the error
 * is a ConfigurationError that says so.
 */
export function validateReference(raw: unknown): ReferenceOutcome {
  try {
    for (const section of SECTIONS) if (!contains(raw, section, 'the config')) throw missing(section);
    const config = raw as Mapping;
    for (const [section, fields] of FIELDS) checkFields(config[section], section, fields);
    const printed = checkReveal(config['identity_reveal_config'] as Mapping);
    const prompt = normalisePrompt(config['prompt_template_config']);
    const name = (config['experiment_metadata'] as Mapping)['experiment_name'];
    printed.push(...checkName(name));
    checkAgents(config['agent_definitions']);
    printed.push(`[INFO] Configuration validated: ${pythonStr(name)}`);
    return {config: {...config, prompt_template_config: prompt}, printed};
  } catch (error) {
    if (error instanceof Refusal) return {error: error.error};
    throw error;
  }
}

function checkFields(section: unknown, name: string, fields: Readonly<Record<string, FieldType>>): void {
  for (const [field, type] of Object.entries(fields)) {
    const path = `${name}.${field}`;
    if (!contains(section, field, name)) throw missing(path);
    if (!isMapping(section)) throw unexpected(`${name} is no mapping`);
    if (!hasType(section[field], type)) throw wrongType(path, type, pythonType(section[field]));
  }
}

function checkReveal({reveal_persona, reveal_demographics, reveal_presence_mode}: Mapping): string[] {
  if (reveal_presence_mode === true) return [];
  if (reveal_persona === true || reveal_demographics === true) {
    throw new Refusal(
      recordedError(
        'ConfigurationError',
        'When reveal_presence_mode is false, reveal_persona and reveal_demographics must also be false. This creates completely anonymous agents.',
      ),
    );
  }
  return ['[INFO] Anonymous mode: reveal_presence_mode=false (no identity information shown)'];
}

/** Reduces the prompt's section to its two fields. */
function normalisePrompt(section: unknown): Mapping {
  const participant = readMember(section, 'for_participant', 'prompt_template_config');
  const field = (name: string, allowed: readonly [string, ...string[]]): unknown => {
    const place = 'prompt_template_config.for_participant';
    const given = readMember(participant, name, place);
    const value = given === undefined ? allowed[0] : given;
    if (allowed.includes(value as string)) return value;
    throw wrongType(
      `${place}.${name}`,
      `one of [${allowed.map(each => `'${each}'`).join(', ')}]`,
      `'${pythonStr(value)}'`,
    );
  };
  return {
    for_participant: {
      choice_display_format: field('choice_display_format', CHOICE_DISPLAY_FORMATS),
      json_field_order: field('json_field_order', JSON_FIELD_ORDERS),
    },
  };
}

/** Returns a member of a mapping that may be absent, as may the mapping. */
function readMember(section: unknown, name: string, place: string): unknown {
  if (section === undefined) return undefined;
  if (!isMapping(section)) throw unexpected(`${place} is no mapping`);
  return Object.hasOwn(section, name) ? section[name] : undefined;
}

function checkName(name: unknown): string[] {
  if (typeof name !== 'string') throw unexpected('experiment_metadata.experiment_name is no text');
  if (['as-human', 'as-ai', 'as-hybrid', 'as-anonymous'].some(mode => name.toLowerCase().includes(mode))) return [];
  return [
    `[INFO] Warning: Experiment name '${name}' should include one of: as-human, as-ai, as-hybrid, as-anonymous to indicate identity reveal mode`,
  ];
}

function checkAgents(agents: unknown): void {
  for (const [i, agent] of [...iterate(agents)].entries()) {
    const place = `agent_definitions[${i}]`;
    for (const field of AGENT_FIELDS) if (!contains(agent, field, place)) throw missing(`${place}.${field}`);
    if (!isMapping(agent)) throw unexpected(`${place} is no mapping`);
    const human = agent['if_as_human'];
    if (typeof human !== 'boolean') throw wrongType(`${place}.if_as_human`, 'bool', pythonType(human));
  }
}

/** Walks a mapping by its keys, a text by its characters. */
function iterate(value: unknown): Iterable<unknown> {
  if (Array.isArray(value) || typeof value === 'string') return value;
  if (isMapping(value)) return Object.keys(value);
  throw unexpected('agent_definitions is no list');
}

/** Does Python's `in`: keys of a mapping, items of a list, parts of a text. */
function contains(container: unknown, key: string, place: string): boolean {
  if (Array.isArray(container) || typeof container === 'string') return container.includes(key);
  if (isMapping(container)) return Object.hasOwn(container, key);
  throw unexpected(`${place} is no mapping`);
}

/** Compares types as Python does: booleans are whole numbers, and whole numbers are numbers. */
function hasType(value: unknown, type: FieldType): boolean {
  const actual = pythonType(value);
  if (type === 'any' || type === actual) return true;
  if (type === 'int') return actual === 'bool';
  return type === 'float' && (actual === 'int' || actual === 'bool');
}

function pythonType(value: unknown): string {
  if (value === null) return 'NoneType';
  if (value instanceof PythonFloat) return 'float';
  if (Array.isArray(value)) return 'list';
  switch (typeof value) {
    case 'string':
      return 'str';
    case 'boolean':
      return 'bool';
    case 'bigint':
      return 'int';
    case 'number':
      return Number.isInteger(value) ? 'int' : 'float';
    default:
      return isMapping(value) ? 'dict' : 'date';
  }
}

function missing(section: string): Refusal {
  return new Refusal(
    recordedError('MissingConfigSectionError', `Missing required configuration section: ${section}`, {
      missing_section: section,
    }),
  );
}

function wrongType(field: string, expected: string, actual: string): Refusal {
  return new Refusal(
    recordedError('InvalidConfigFieldError', `Invalid type for ${field}: expected ${expected}, got ${actual}`, {
      field,
      expected_type: expected,
      actual_type: actual,
    }),
  );
}

function unexpected(message: string): Refusal {
  return new Refusal(recordedError('ConfigurationError', message));
}
