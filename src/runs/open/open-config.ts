import {dirname, resolve} from 'node:path';

import type {ConfigText} from '../../config/read-config.ts';
import {type Environment, readEnvironment} from '../../config/workspace.ts';
import {findCheckout} from '../../core/git-commit.ts';
import {UserError} from '../../core/errors.ts';
import {isSecretKey} from '../../core/secrets.ts';
import type {CheckedPlan} from '../../plan/checked-plan.ts';
import {compileAndCheck, compilePlan} from '../../plan/compile.ts';
import {type CheckedTrials, compileTrials} from '../../plan/compile-trials.ts';
import type {ParsedConfig, ParsedTrials, TrialContext} from '../../plan/front-end.ts';
import {describesTrials, parseFile} from '../../plan/front-ends.ts';
import type {Plan} from '../../plan/plan.ts';
import {QuestionFiles} from '../../questions/question-files.ts';
import {createLayout, type Layout} from '../../record/layout.ts';
import type {Caller} from '../caller.ts';
import {checkStudyFiles} from './check-study-files.ts';
import {findStudyFile} from './find-study-file.ts';
import {hashNamedFiles} from './named-files.ts';
import {readSource} from './read-source.ts';

interface OpenedText {
  readonly environment: Environment;
  readonly layout: Layout;
}

/** A config of conversations as its file has it, and the workspace in which it is to run. */
export interface OpenedConfig extends OpenedText {
  readonly makes: 'conversations';
  readonly config: ParsedConfig;
  readonly files: QuestionFiles;
  /** Compiles the plan of a repetition, by default of the first one, now. @throws ConfigError as `compilePlan`. */
  readonly compile: (repetition?: number, submittedAtMs?: number) => Plan;
  /** Compiles the plan of the first repetition and checks it. @throws ConfigError as `compileAndCheck`. */
  readonly check: () => Promise<CheckedPlan>;
}

/** A file of trials, and the workspace in which they are to run. */
export interface OpenedTrials extends OpenedText {
  readonly makes: 'trials';
  readonly config: ParsedTrials;
  readonly context: TrialContext;
  /** Compiles it, by default as of now. @throws ConfigError as `compileTrials`. */
  readonly compile: (submittedAtMs?: number) => CheckedTrials;
  /** Compiles it and checks the files that it names. @throws ConfigError as `compileTrials`. */
  readonly check: () => Promise<CheckedTrials>;
  /** Returns the same file with another name for its run. */
  readonly rename: (runName: string) => OpenedTrials;
}

/** Changes of a file before it is read as what it is. */
export interface OpenOptions {
  /** `--limit`. */
  readonly limit?: number | undefined;
  /** Flags that stand for keys of the file: changes its text, of which records keep the result. */
  readonly edit?: ((text: string) => string) | undefined;
  /** Goes on in the place of an earlier run of this name. */
  readonly runName?: string | undefined;
}

/**
 * Reads a file that a user names, and tells by its content what it is.
 *
 * @throws UserError `workspace-missing`, `config-missing`, `config-secret`, …; ConfigError when it is no YAML.
 */
export async function openFile(
  configPath: string,
  caller: Pick<Caller, 'env' | 'cwd' | 'clock'>,
  {limit, edit, runName}: OpenOptions = {},
): Promise<OpenedConfig | OpenedTrials> {
  const {env, cwd, clock} = caller;
  const environment = readEnvironment(env, cwd);
  const layout = createLayout(environment);
  const path = await findStudyFile(resolve(cwd, configPath));
  const parsed = parseFile(await readSource(path, caller, edit));
  refuseKnownSecrets(parsed, env);
  const submittedAtMs = clock.now();
  if (!describesTrials(parsed)) {
    const files = new QuestionFiles(layout);
    const first = {submittedAtMs, repetition: 1, name: configPath};
    return {
      makes: 'conversations',
      environment,
      layout,
      config: parsed,
      files,
      compile: (repetition = first.repetition, atMs = submittedAtMs) =>
        compilePlan(parsed, files, {...first, submittedAtMs: atMs, repetition}),
      check: () => compileAndCheck(parsed, files, first),
    };
  }
  const home = dirname(path);
  const commit = findCheckout(home)?.commit ?? null;
  const known: TrialContext = {
    home,
    workspace: layout.workspace,
    submittedAtMs,
    runName: runName ?? parsed.frontEnd.nameRun?.(parsed.document, {submittedAtMs, commit}) ?? null,
    limit: limit ?? null,
  };
  const context = {...known, fileHashes: await hashNamedFiles(parsed, known, layout.workspace)};
  return openTrials(parsed, configPath, {environment, layout, context});
}

function openTrials(
  config: ParsedTrials,
  name: string,
  {context, ...opened}: OpenedText & {readonly context: TrialContext},
): OpenedTrials {
  const compile = (submittedAtMs = context.submittedAtMs): CheckedTrials =>
    compileTrials(config, name, {...context, submittedAtMs});
  return {
    makes: 'trials',
    ...opened,
    config,
    context,
    compile,
    check: async () => {
      const {plan, problems} = compile();
      return {plan, problems: [...problems, ...(await checkStudyFiles(plan, opened.layout))]};
    },
    rename: runName => openTrials(config, name, {...opened, context: {...context, runName}}),
  };
}

/** Shorter values, such as EMPTY or not-needed, are no keys, and words of other texts too. */
const MIN_KEY_LENGTH = 12;

const KEY_VARIABLE_PATTERN = /\bapi_key_env["']?\s*:\s*["']?([A-Za-z_][A-Za-z0-9_]*)/g;

/**
 * Refuses a config that holds a key which this environment knows, whatever it looks like and wherever it stands, since
 * records keep copies of the config.
 *
 * @throws UserError `config-secret`.
 */
export function refuseKnownSecrets(
  {path, text}: Pick<ConfigText, 'path' | 'text'>,
  env: Readonly<Record<string, string | undefined>>,
): void {
  const named = new Set([...text.matchAll(KEY_VARIABLE_PATTERN)].map(([, name]) => name));
  const found = findKnownSecret(text, env, named);
  if (found === undefined) return;
  const line = text.slice(0, found.at).split('\n').length;
  throw new UserError(
    'config-secret',
    `${path}:${line}: found the value of $${found.name}, expected no secrets in a config`,
    {
      hint: 'records keep copies of the config: take the key out, and name its variable (of a model, in api_config.api_key_env)',
    },
  );
}

/**
 * Finds the value of a variable that is secret by its name, or named for holding a secret.
 *
 * @returns the variable, and where its value begins in the text.
 */
export function findKnownSecret(
  text: string,
  env: Readonly<Record<string, string | undefined>>,
  named: ReadonlySet<unknown> = new Set(),
): {readonly name: string; readonly at: number} | undefined {
  for (const [name, value] of Object.entries(env)) {
    const secret = value?.trim() ?? '';
    if (secret.length < MIN_KEY_LENGTH || !(isSecretKey(name) || named.has(name))) continue;
    const at = text.indexOf(secret);
    if (at >= 0) return {name, at};
  }
  return undefined;
}
