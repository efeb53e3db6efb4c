import {scrubText} from '../../core/secrets.ts';
import type {GitState} from '../../core/git-state.ts';
import {HIDDEN} from './redact.ts';

type Variables = Readonly<Record<string, string | undefined>>;

/** Variables that can change a result; all others are nobody's business. */
const NAMES = new Set([
  'CONDA_DEFAULT_ENV',
  'LANG',
  'LC_ALL',
  'NODE_ENV',
  'NODE_OPTIONS',
  'NVIDIA_VISIBLE_DEVICES',
  'OMP_NUM_THREADS',
  'TZ',
  'VIRTUAL_ENV',
]);
const PREFIXES = [
  'ANTHROPIC_',
  'CUDA_',
  'HF_',
  'LITELLM_',
  'MAC_',
  'MLFLOW_',
  'OLLAMA_',
  'OPENAI_',
  'OPENROUTER_',
  'SLURM_',
  'TRACE_',
  'VLLM_',
];

const SECRET_NAME = /KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIAL/i;

/** Describes where a run was made, for `env.json`: listed variables, and those of them that are secret only by name. */
export function describeEnvironment(env: Variables, secrets: readonly string[], capturedAt: string): object {
  const listed: (readonly [string, string])[] = Object.entries(env)
    .filter(([name]) => NAMES.has(name) || PREFIXES.some(prefix => name.startsWith(prefix)))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value = '']) => [name, SECRET_NAME.test(name) ? HIDDEN : scrubText(value, secrets)]);
  return {
    captured_at: capturedAt,
    env: Object.fromEntries(listed),
    runtime: {version: process.version, platform: `${process.platform}-${process.arch}`},
  };
}

/** Describes the code that a run was made with, for `git.json`. */
export function describeGit(git: GitState | null): object {
  return {
    repo_root: git?.root ?? null,
    commit: git?.commit ?? null,
    branch: git?.branch ?? null,
    dirty: git?.dirty ?? null,
    diff_sha256: git?.diff_sha256 ?? null,
  };
}
