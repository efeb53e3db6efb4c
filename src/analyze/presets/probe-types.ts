import {asList, asMapping, isMapping, type Mapping} from '../../core/mapping.ts';
import {parseYaml11} from '../../config/yaml/yaml.ts';
import {PROBE_TYPES, type ProbeType} from './answer.ts';

export const EFFECTIVE_CONFIG = 'effective_config.yaml';

/** The part of a run's effective config that is about probes. */
export interface ProbeSettings {
  /** Declared types by name of the probe. */
  readonly types: ReadonlyMap<string, ProbeType>;
  /** Declared choices by name of the probe: those that nobody chose count as 0. */
  readonly choices: ReadonlyMap<string, readonly string[]>;
  /** Names of probes with a type that is none of ours, with that type: theirs is inferred. */
  readonly unknownTypes: ReadonlyMap<string, string>;
  /** `deployment.hold_last_response`: an answer stands until the next. */
  readonly carriesForward: boolean;
}

export const NO_SETTINGS: ProbeSettings = {
  types: new Map(),
  choices: new Map(),
  unknownTypes: new Map(),
  carriesForward: false,
};

/** Names of types in configs, in lower case and without a last "probe". */
const TYPE_NAMES: Readonly<Record<string, ProbeType>> = {
  ...Object.fromEntries(PROBE_TYPES.map(type => [type, type])),
  numericrating: 'numeric',
  rating: 'numeric',
  number: 'numeric',
  multiplechoice: 'choice',
  text: 'freetext',
};

/**
 * Reads the declared probes of an effective config. They stand below `probes`, at the top or in a section `eval`,
 * `evals` or `evaluations`; there in a further `probes`, or directly. Either a list or a mapping of entries:
 *
 *     probes: {trust: numeric, vote: {type: choice}}
 *     evals: {probes: {deployment: {hold_last_response: true}, probes: {a: {probe_type: BinaryProbe, probe_name: b}}}}
 *
 * An entry has its type in `probe_type` or `type`, its names in `probe_name`, `name` and `probe_data.name` (without any
 * the key is the name), and its choices, where it lists them, in `choices` or `options`, of its own or of `probe_data`.
 *
 * @throws ConfigError when the file is no YAML.
 */
export function readProbeSettings(text: string, file: string): ProbeSettings {
  const config = asMapping(parseYaml11(text, file).value);
  const section = ['eval', 'evals', 'evaluations']
    .map(key => asMapping(config[key])['probes'])
    .find(probes => probes !== undefined && probes !== null);
  const probes = section ?? config['probes'];
  const inner = asMapping(probes)['probes'] ?? probes;
  const types = new Map<string, ProbeType>();
  const choices = new Map<string, readonly string[]>();
  const unknownTypes = new Map<string, string>();
  for (const {names, type, choices: listed} of listDeclared(inner)) {
    const known = parseType(type);
    for (const name of names) {
      if (known) types.set(name, known);
      else unknownTypes.set(name, type);
      if (listed.length > 0) choices.set(name, listed);
    }
  }
  const {hold_last_response: holds} = asMapping(asMapping(probes)['deployment']);
  return {types, choices, unknownTypes, carriesForward: holds === true};
}

/** Returns the type that a config or an event names; undefined for another. */
export function parseType(name: string): ProbeType | undefined {
  const plain = name.toLowerCase().replaceAll(/[\s_-]/g, '');
  const key = plain.replace(/probe$/, '');
  return Object.hasOwn(TYPE_NAMES, key) ? TYPE_NAMES[key] : undefined;
}

interface Declared {
  readonly names: readonly string[];
  readonly type: string;
  readonly choices: readonly string[];
}

function listDeclared(probes: unknown): Declared[] {
  if (Array.isArray(probes)) return asList(probes).flatMap(entry => readEntry(entry, undefined));
  return Object.entries(asMapping(probes)).flatMap(([key, entry]) => readEntry(entry, key));
}

function readEntry(entry: unknown, key: string | undefined): Declared[] {
  if (typeof entry === 'string') return key === undefined ? [] : [{names: [key], type: entry, choices: []}];
  if (!isMapping(entry)) return [];
  const type = readName(entry, 'probe_type') ?? readName(entry, 'type');
  if (type === undefined) return [];
  const data = asMapping(entry['probe_data']);
  const names = [readName(entry, 'probe_name'), readName(entry, 'name'), readName(data, 'name')].filter(
    name => name !== undefined,
  );
  const listed = [entry, data].flatMap(each => [...asList(each['choices']), ...asList(each['options'])]);
  const choices = listed.flatMap(choice =>
    typeof choice === 'string' || typeof choice === 'number' ? String(choice).trim() : [],
  );
  return [{names: names.length > 0 || key === undefined ? names : [key], type, choices}];
}

function readName(entry: Mapping, key: string): string | undefined {
  const name = entry[key];
  return typeof name === 'string' && name.trim() !== '' ? name.trim() : undefined;
}
