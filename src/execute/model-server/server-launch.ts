import {vllmServeArguments} from '../../backend/vllm/vllm-flags.ts';
import {seedFrom} from '../../core/seeds/request-seed.ts';
import {shellQuote} from '../../core/text/shell-quote.ts';
import {fillPlaceholders} from './fill-placeholders.ts';
import {joinTokens, TOKEN_VARIABLE} from '../process/process-tree.ts';
import type {ServerContainer, ServerHooks, ServerSpec} from './server-spec.ts';

/** The settings of one start of a server. */
export interface LaunchOptions {
  readonly spec: ServerSpec;
  readonly hooks: ServerHooks;
  readonly port: number;
  /** Added to `TOKEN_VARIABLE`: by it the server's processes are found. */
  readonly token: string;
  /** A further name that only this start of the server lists; null where the command is the user's own. */
  readonly nonce: string | null;
  readonly gpus: Readonly<Record<string, string>>;
  readonly logFolder: string;
  readonly scratch: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Options of `vllm serve`, by their keys in `vllm_config`, that the installed version does not know. */
  readonly unknownToVllm: ReadonlySet<string>;
}

export interface ServerLaunch {
  readonly argv: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Returns the command that starts a server: the user's, or `vllm serve` with every key of `vllm_config`; in the
 * container if one is configured, and after the setup command. It always runs through bash with `exec`, so that the
 * process that is started is the server itself where the command allows it.
 *
 * @throws UserError `server-command-invalid`, `config-invalid`.
 */
export function serverLaunch(options: LaunchOptions): ServerLaunch {
  const {spec, hooks, port} = options;
  const {container, setupCommand} = hooks;
  const words = hooks.serverCommand === undefined ? vllmCommand(options) : null;
  const command = words ? words.map(shellQuote).join(' ') : ownCommand(hooks.serverCommand ?? '', options);
  const inside = container
    ? `exec ${containerCommand(container, words ?? ['bash', '-c', command])}`
    : words
      ? `exec ${command}`
      : command;
  const script = setupCommand === undefined ? inside : `${setupCommand}\n${inside}`;
  return {
    argv: ['bash', '-c', script, `mac-server-${spec.slug}-${port}`],
    env: launchEnvironment(options),
  };
}

function vllmCommand({spec, port, nonce, unknownToVllm}: LaunchOptions): string[] {
  const {definition, servedName} = spec;
  const {vllm_config: config = {}} = definition;
  const known = Object.fromEntries(Object.entries(config).filter(([key]) => !unknownToVllm.has(key)));
  const names = nonce === null ? [servedName] : [servedName, nonce];
  const [verb = '', model = '', ...args] = vllmServeArguments({...definition, vllm_config: known}, names);
  // By default every vLLM server starts with the same seed, so repetitions whose requests have none would be copies. A
  // seed that the config adds comes later and wins.
  const seed = nonce === null ? [] : ['--seed', String(seedFrom([nonce]))];
  return ['vllm', verb, model, ...seed, ...args, '--host', '127.0.0.1', '--port', String(port)];
}

function ownCommand(command: string, {spec, port, logFolder, scratch}: LaunchOptions): string {
  return fillPlaceholders(command, {
    model_path: spec.definition.model_path,
    served_name: spec.servedName,
    port,
    tensor_parallel_size: spec.tensorParallelSize,
    data_parallel_size: spec.dataParallelSize,
    log_dir: logFolder,
    scratch,
  });
}

/** `--nv` brings the GPUs in; folders that are not bound are not there. */
function containerCommand({runtime, image, binds, args}: ServerContainer, words: readonly string[]): string {
  const bound = binds.flatMap(bind => ['--bind', bind]);
  return [runtime, 'exec', '--nv', ...bound, ...args, image, ...words].map(shellQuote).join(' ');
}

function launchEnvironment({spec, hooks, token, gpus, env, unknownToVllm}: LaunchOptions): Record<string, string> {
  const attention = spec.definition.vllm_config?.attention_backend;
  const key = env[spec.definition.api_config?.api_key_env ?? 'VLLM_API_KEY'];
  const own: Record<string, string> = {
    ...hooks.environment,
    ...gpus,
    [TOKEN_VARIABLE]: joinTokens(env, token),
    // The key that requests carry; vLLM reads it from here, so that no command line shows it.
    ...(key === undefined || key === '' ? {} : {VLLM_API_KEY: key.trim()}),
    // Older versions have this variable instead of the option.
    ...(attention !== undefined && unknownToVllm.has('attention_backend') ? {VLLM_ATTENTION_BACKEND: attention} : {}),
  };
  // Variables with these prefixes survive --cleanenv and --containall.
  const inside = Object.entries(hooks.container ? own : {}).flatMap(([name, value]) => [
    [`APPTAINERENV_${name}`, value],
    [`SINGULARITYENV_${name}`, value],
  ]);
  const inherited = Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return {...Object.fromEntries(inherited), ...own, ...(Object.fromEntries(inside) as Record<string, string>)};
}

const OPTION_OF_KEY: Readonly<Record<string, string>> = {
  attention_backend: 'attention-backend',
  swap_space: 'swap-space',
  data_parallel_size: 'data-parallel-size',
  enable_prefix_caching: 'enable-prefix-caching',
  enforce_eager: 'enforce-eager',
  quantization: 'quantization',
  max_num_seqs_upper_bound: 'max-num-seqs',
};

/** Finds the keys of `vllm_config` that an installed vLLM does not know, in what it wrote before it ended. */
export function unknownVllmKeys(log: string): string[] {
  const complaint = /error: unrecognized arguments: (.*)/.exec(log)?.[1];
  if (complaint === undefined) return [];
  const flags = new Set(complaint.split(/\s+/).map(word => word.replace(/^--(?:no-)?/, '').replace(/=.*/, '')));
  return Object.entries(OPTION_OF_KEY).flatMap(([key, flag]) => (flags.has(flag) ? [key] : []));
}
