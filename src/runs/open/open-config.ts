import {resolve} from 'node:path';

import {type ConfigText, readConfigText} from '../../config/read-config.ts';
import {type Environment, readEnvironment} from '../../config/workspace.ts';
import {UserError} from '../../core/errors.ts';
import type {CheckedPlan} from '../../plan/checked-plan.ts';
import {compileAndCheck, compilePlan} from '../../plan/compile.ts';
import type {ParsedConfig} from '../../plan/front-end.ts';
import {parseConfig} from '../../plan/front-ends.ts';
import type {Plan} from '../../plan/plan.ts';
import {QuestionFiles} from '../../questions/question-files.ts';
import {createLayout, type Layout} from '../../record/layout.ts';
import type {Caller} from '../caller.ts';

/** A config as its file has it, and the workspace in which it is to run. */
export interface OpenedConfig {
  readonly environment: Environment;
  readonly layout: Layout;
  readonly config: ParsedConfig;
  readonly files: QuestionFiles;
  /** Compiles the plan of a repetition, by default of the first one, now. @throws ConfigError as `compilePlan`. */
  readonly compile: (repetition?: number, submittedAtMs?: number) => Plan;
  /** Compiles the plan of the first repetition and checks it. @throws ConfigError as `compileAndCheck`. */
  readonly check: () => Promise<CheckedPlan>;
}

/**
 * Reads a config that a user names.
 *
 * @throws UserError `workspace-missing`, `config-missing`, `config-secret`, …; ConfigError when it is no YAML.
 */
export async function openConfig(
  configPath: string,
  {env, cwd, clock}: Pick<Caller, 'env' | 'cwd' | 'clock'>,
): Promise<OpenedConfig> {
  const environment = readEnvironment(env, cwd);
  const layout = createLayout(environment);
  const config = parseConfig(await readConfigText(resolve(cwd, configPath)));
  refuseKnownSecrets(config, env);
  const files = new QuestionFiles(layout);
  const first = {submittedAtMs: clock.now(), repetition: 1, name: configPath};
  return {
    environment,
    layout,
    config,
    files,
    compile: (repetition = first.repetition, submittedAtMs = first.submittedAtMs) =>
      compilePlan(config, files, {...first, submittedAtMs, repetition}),
    check: () => compileAndCheck(config, files, first),
  };
}

/** Variables with keys that configs use without naming them. */
const COMMON_KEY_VARIABLES = ['OPENAI_API_KEY', 'ANTHROPIC_API_KEY', 'VLLM_API_KEY', 'HF_TOKEN'];

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
  const names = new Set([
    ...COMMON_KEY_VARIABLES,
    ...[...text.matchAll(KEY_VARIABLE_PATTERN)].map(([, name = '']) => name),
  ]);
  for (const name of names) {
    const secret = env[name]?.trim() ?? '';
    const at = secret.length < MIN_KEY_LENGTH ? -1 : text.indexOf(secret);
    if (at < 0) continue;
    const line = text.slice(0, at).split('\n').length;
    throw new UserError(
      'config-secret',
      `${path}:${line}: found the value of $${name}, expected no secrets in a config`,
      {
        hint: 'records keep copies of the config: take the key out, and name its variable in api_config.api_key_env',
      },
    );
  }
}
