import {z} from 'zod';

import {errorMessage} from '../core/errors.ts';
import {asMapping} from '../core/mapping.ts';
import type {ConfigDefinition, ConfigValue} from './config/define-config.ts';
import {describeFields} from './config/fields.ts';
import {writeFlags} from './entry/flags.ts';
import {fillPlaceholders} from './placeholders.ts';
import {runAsMain} from './run-as-main.ts';
import {suiteDataSchema, type SuiteData, type SuiteResources} from './suite-description.ts';
import {refuseMistakes, SuiteError} from './suite-error.ts';

/** Marks what `defineSuite` returned, also when two copies of this library are loaded. */
const SUITE = Symbol.for('mac.suite/1');

/** One run of the entry. */
export interface Case<Config> {
  /** Names the case and its folder; unique in the suite. */
  readonly variant: string;
  readonly config: Config;
}

export interface SuiteOptions<Shape extends z.ZodRawShape> {
  /** Names the folder of the results. */
  readonly name: string;
  /**
   * Module that runs one case, relative to the suite's file. In Inspect mode also a command as a list, in which
   * `{variant}` and `{field}` stand for values of the case, and the word `{flags}` for all fields as flags.
   */
  readonly entry: string | readonly string[];
  /** `standard` by default: a folder and a `config.json` for each case. `inspect`: one folder of `.eval` files. */
  readonly mode?: 'standard' | 'inspect';
  readonly config: ConfigDefinition<Shape>;
  readonly cases: readonly Case<ConfigValue<Shape>>[];
  /** Most cases that run at once; all by default. */
  readonly maxParallel?: number | 'all';
  /** Seconds that a case may take; without limit by default. */
  readonly timeoutSeconds?: number;
  /** Asked of the cluster for each case; no GPU by default. */
  readonly resources?: SuiteResources;
}

/** A suite, checked. The default export of a suite's file. */
export interface Suite {
  readonly data: SuiteData;
}

/**
 * Defines a suite: cases of one experiment, each of which runs the entry in a process of its own. When its file is run
 * itself (`tsx suite.ts`), runs it like `mac suite suite.ts` with the same flags.
 *
 * @throws SuiteError with every mistake: no cases, names that repeat or cannot be folders, configs that do not fit.
 */
export function defineSuite<Shape extends z.ZodRawShape>(options: SuiteOptions<Shape>): Suite {
  const {name, entry, mode = 'standard', config, cases, maxParallel = 'all', timeoutSeconds, resources = {}} = options;
  const checked = cases.map(each => checkConfig(each, config, entry));
  refuseMistakes(`suite ${JSON.stringify(name)}`, [
    ...checkName(name),
    ...checkEntry(entry, mode),
    ...checkVariants(cases),
    ...listMistakes(checked.flatMap(({mistakes}) => mistakes)),
  ]);
  const data = suiteDataSchema.safeParse({
    name,
    mode,
    entry: typeof entry === 'string' ? entry : null,
    max_parallel: maxParallel,
    timeout_seconds: timeoutSeconds ?? null,
    resources,
    cases: checked.map(({mistakes: _, ...each}) => each),
  });
  if (!data.success) throw new SuiteError(`suite ${JSON.stringify(name)}: ${z.prettifyError(data.error)}`);
  runAsMain(defineSuite);
  return Object.freeze({[SUITE]: true, data: data.data});
}

/** Tells whether a value came from `defineSuite`. */
export function isSuite(value: unknown): value is Suite {
  return value !== null && typeof value === 'object' && SUITE in value;
}

/** Safe in every file system and shell, and short enough for a folder beside others. */
const SAFE_NAME = /^[A-Za-z0-9][A-Za-z0-9._=+-]{0,119}$/;

const NAME_RULE = 'expected letters, digits and . _ = + -, at most 120, a letter or digit first';

/** Files that a run of a suite has beside the folders of its cases. */
const TAKEN = ['provenance.json', 'summary.json'];

function checkName(name: string): string[] {
  return SAFE_NAME.test(name) ? [] : [`its name cannot be a folder; ${NAME_RULE}`];
}

function checkEntry(entry: unknown, mode: string): string[] {
  if (Array.isArray(entry)) {
    if (mode !== 'inspect') return ["entry is a command; expected a module, or mode: 'inspect'"];
    return entry.length > 0 ? [] : ['entry is an empty command; expected a program and its arguments'];
  }
  if (typeof entry === 'string' && entry !== '') return [];
  return ["it has no entry; expected the module that runs a case, e.g. entry: './run.ts'"];
}

function checkVariants(cases: readonly Case<unknown>[]): string[] {
  if (cases.length === 0) return ['it has no cases; expected at least one in cases: [{variant, config}]'];
  const unsafe = cases.filter(({variant}) => !SAFE_NAME.test(variant));
  const taken = cases.filter(({variant}) => TAKEN.includes(variant));
  const counts = new Map<string, number>();
  for (const {variant} of cases) counts.set(variant, (counts.get(variant) ?? 0) + 1);
  const repeated = [...counts]
    .filter(([, count]) => count > 1)
    .map(([variant, count]) => `${variant} (${count} times)`);
  return [
    ...listMistakes(
      unsafe.map(({variant}) => `variant ${JSON.stringify(variant)} cannot be the name of a folder; ${NAME_RULE}`),
    ),
    ...taken.map(({variant}) => `variant ${variant} has the name of a file that the run writes; expected another`),
    ...(repeated.length > 0 ? [`variants repeat: ${listNames(repeated)}; each names a folder of its own`] : []),
  ];
}

const MAX_NAMED = 20;

function listMistakes(mistakes: readonly string[]): string[] {
  const left = mistakes.length - MAX_NAMED;
  return [...mistakes.slice(0, MAX_NAMED), ...(left > 0 ? [`and ${left} more like these`] : [])];
}

function listNames(names: readonly string[]): string {
  const left = names.length - MAX_NAMED;
  return names.slice(0, MAX_NAMED).join(', ') + (left > 0 ? ` and ${left} more` : '');
}

interface CheckedCase {
  readonly variant: string;
  readonly config: object;
  readonly argv?: readonly string[];
  readonly mistakes: readonly string[];
}

/** Completes the config of a case, or says what is wrong with it. */
function checkConfig<Shape extends z.ZodRawShape>(
  {variant, config: values}: Case<ConfigValue<Shape>>,
  config: ConfigDefinition<Shape>,
  entry: string | readonly string[],
): CheckedCase {
  const refuse = (why: string): CheckedCase => ({variant, config: {}, mistakes: [`case ${variant}: ${why}`]});
  try {
    // Without its type: whoever writes plain JavaScript may give anything.
    const complete = asMapping(config.create(values as Parameters<typeof config.create>[0]));
    const nullMaps = describeFields(config.schema).filter(({name, kind}) => kind === 'map' && complete[name] === null);
    if (nullMaps.length > 0) {
      const names = nullMaps.map(({name}) => name).join(', ');
      return refuse(`${names} is a map and null, which no flag can say; use {} or leave it out`);
    }
    if (typeof entry === 'string') return {variant, config: complete, mistakes: []};
    const {argv, unknown} = fillPlaceholders(entry, {...complete, variant}, () => writeFlags(config.schema, complete));
    if (unknown.length > 0) return refuse(`entry has ${unknown.join(', ')}, but the config has no such field`);
    return {variant, config: complete, argv, mistakes: []};
  } catch (error) {
    return refuse(error instanceof z.ZodError ? z.prettifyError(error).replaceAll('\n', ' ') : errorMessage(error));
  }
}
