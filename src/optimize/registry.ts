import {isMapping, type Mapping} from '../core/mapping.ts';
import type {OptimizeMode} from './job.ts';
import {GUIDES, LOGGERS, MAPPED_OPTIMIZERS, OPTIMIZERS, type PartEntry} from './catalog/parts.ts';
import {SUITES, TASKS, type SuiteEntry, type TaskEntry} from './catalog/tasks.ts';
import {TRAINERS, type TrainerEntry} from './catalog/trainers.ts';

// The one source of what exists, for listing, validating and running alike. Pure.

/** Returns the trainer that a name or an alias means. */
export function findTrainer(name: string): TrainerEntry | undefined {
  return TRAINERS.find(({id, aliases}) => id === name || aliases.includes(name));
}

/** Returns a trainer that is a command: it is there, and takes any argument. */
export function externalTrainer(id: string): TrainerEntry {
  return {
    id,
    source: 'external',
    aliases: [],
    summary: 'a command',
    parameters: null,
    parameterAliases: {},
    availability: {available: true},
  };
}

/** Returns the suite that a name means. */
export function findSuite(name: string): SuiteEntry | undefined {
  return SUITES.find(suite => suite.name === name || suite.aliases.includes(name));
}

/** Returns the full id of a task: `example:x` → `trace_examples:x`, `x` → `llm4ad:x`. */
export function normalizeTaskId(id: string): string {
  const colon = id.indexOf(':');
  if (colon < 0) return `llm4ad:${id}`;
  const suite = findSuite(id.slice(0, colon));
  return suite ? `${suite.name}${id.slice(colon)}` : id;
}

/** Returns the name before the colon of a task's full id, be there such a suite or not. */
export function readSuite(id: string): string {
  const full = normalizeTaskId(id);
  return full.slice(0, full.indexOf(':'));
}

/**
 * Returns a task by its id. Tasks of suites that are not installed here are listed with the reason; those of `llm4ad`
 * are found on disk (`optimize/llm4ad/discover.ts`).
 */
export function findTask(id: string): TaskEntry | undefined {
  const full = normalizeTaskId(id);
  const known = TASKS.find(task => task.id === full);
  if (known) return known;
  const suite = findSuite(readSuite(id));
  if (!suite || suite.tasks === 'native') return undefined;
  return {
    id: full,
    suite: suite.name,
    summary: '',
    trainable: null,
    asksModel: false,
    availability: suite.availability,
  };
}

/** Returns the tasks of suites, in the order of the registry. */
export function listTasks(suites: readonly string[]): TaskEntry[] {
  return TASKS.filter(({suite}) => suites.includes(suite));
}

/** A value that an argument cannot have. */
export interface WrongArgument {
  readonly name: string;
  readonly found: unknown;
  readonly expected: string;
}

export interface ResolvedParameters {
  /** Full names over the trainer's defaults. */
  readonly resolved: Mapping;
  /** Names, as written, that no trainer takes. */
  readonly unknown: readonly string[];
  /** Short names that another family of trainers takes, such as `gepa_iters` for PrioritySearch: left out. */
  readonly ignored: readonly string[];
  /** Two spellings of one argument in one layer; the later in the file won. */
  readonly clashes: readonly {readonly name: string; readonly given: readonly [string, string]}[];
  readonly wrong: readonly WrongArgument[];
}

/** Arguments of the task and the proposer, which may stand among a trainer's. */
const NOT_THE_TRAINERS = new Set(['eval_kwargs', 'optimizer_kwargs']);

/** Returns the full name of a trainer's argument. */
export function nameParameter({parameterAliases}: TrainerEntry, written: string): string {
  const plain = written.replaceAll('-', '_');
  return plain === 'threads' ? 'num_threads' : (parameterAliases[plain] ?? plain);
}

/** Returns the names that a trainer's arguments can be written with; undefined where any is passed on. */
export function listParameterNames({parameters, parameterAliases}: TrainerEntry): string[] | undefined {
  return parameters ? [...Object.keys(parameters), ...Object.keys(parameterAliases), 'threads'] : undefined;
}

/**
 * Resolves the arguments of a trainer.
 *
 * @param layers from the weakest to the strongest: a later one wins whatever the spelling.
 */
export function resolveParameters(trainer: TrainerEntry, ...layers: readonly Mapping[]): ResolvedParameters {
  const given = new Map<string, unknown>();
  const unknown = new Set<string>();
  const ignored = new Set<string>();
  const clashes: {name: string; given: readonly [string, string]}[] = [];
  for (const layer of layers) {
    const spellings = new Map<string, string>();
    for (const [written, value] of Object.entries(layer)) {
      const name = nameParameter(trainer, written);
      if (NOT_THE_TRAINERS.has(name)) continue;
      if (trainer.parameters && !Object.hasOwn(trainer.parameters, name)) {
        (isFamilyName(written.replaceAll('-', '_')) ? ignored : unknown).add(written);
        continue;
      }
      const earlier = spellings.get(name);
      if (earlier !== undefined) clashes.push({name, given: [earlier, written]});
      spellings.set(name, written);
      given.set(name, value);
    }
  }
  const resolved = {...defaultParameters(trainer), ...Object.fromEntries(given)};
  return {resolved, unknown: [...unknown], ignored: [...ignored], clashes, wrong: findWrong(trainer, resolved)};
}

/** Returns whether a name is meant for one family of trainers: it may stand at the top of a file for all of them. */
function isFamilyName(name: string): boolean {
  return /^(?:ps|gepa)_/.test(name) && TRAINERS.some(({parameterAliases}) => Object.hasOwn(parameterAliases, name));
}

/** Returns the arguments that a trainer has where nothing is written. */
export function defaultParameters({parameters}: TrainerEntry): Mapping {
  const entries = Object.entries(parameters ?? {}).map(([name, parameter]) => [name, parameter.default] as const);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

function findWrong({parameters}: TrainerEntry, resolved: Mapping): WrongArgument[] {
  return Object.entries(resolved).flatMap(([name, found]) => {
    const parameter = parameters?.[name];
    return !parameter || parameter.schema.safeParse(found).success ? [] : [{name, found, expected: parameter.expected}];
  });
}

/** The part that a name of an optimizer, a guide or a logger means. */
export interface ResolvedPart {
  readonly id: string;
  /** Present where it is not what was written. */
  readonly notice?: string;
}

/** Returns the proposer of a job; undefined where the name is unknown. Null: the mode's own. */
export function resolveOptimizer(name: string | null, mode: OptimizeMode): ResolvedPart | undefined {
  if (name === null) return {id: mode === 'stub' ? 'mac.StubProposer' : 'mac.LlmProposer'};
  const isMapped = MAPPED_OPTIMIZERS.includes(name);
  const id = isMapped ? 'mac.LlmProposer' : findPart(OPTIMIZERS, name);
  if (id !== 'mac.LlmProposer') return id === undefined ? undefined : {id};
  if (mode === 'stub') return {id: 'mac.StubProposer', ...noticeOf(name, 'mac.StubProposer, since the mode is stub')};
  return isMapped ? {id, ...noticeOf(name, 'mac.LlmProposer, which sends no graph')} : {id};
}

function noticeOf(name: string, by: string): {notice: string} {
  return {notice: `${name} is run by ${by}`};
}

/** Returns the guide of a job; undefined where the name is unknown. */
export function resolveGuide(name: string | null): ResolvedPart | undefined {
  const id = findPart(GUIDES, name ?? 'task');
  return id === undefined ? undefined : {id};
}

/** Returns the logger of a job; undefined where the name is unknown. `default`, `config`, empty: the default one. */
export function resolveLogger(name: string | null): ResolvedPart | undefined {
  const written = name === null || ['', 'default', 'config'].includes(name) ? 'ConsoleLogger' : name;
  const id = findPart(LOGGERS, written);
  return id === undefined ? undefined : {id};
}

function findPart(parts: readonly PartEntry[], name: string): string | undefined {
  return parts.find(({id, aliases}) => id === name || aliases.includes(name))?.id;
}

/** Returns the arguments of one optimizer: of several, those whose turn it is. */
export function pickOptimizerKwargs(written: Mapping | readonly Mapping[], turn: number): Mapping {
  if (isMapping(written)) return written;
  return written[turn % written.length] ?? {};
}
