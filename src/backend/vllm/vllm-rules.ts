import {asMapping, type Mapping} from '../../core/mapping.ts';
import type {VllmConfig} from './vllm-schema.ts';
import {findSecret, isSecretKey} from '../../core/secrets.ts';
import type {ModelReport} from '../backend-definition.ts';
import {extraArguments} from './vllm-extra-args.ts';

/** Flags that every command has from mac, and what decides them. */
const OWN_FLAGS: Readonly<Record<string, string>> = {
  model: 'model_path',
  'served-model-name': 'model_name',
  host: 'mac itself',
  port: 'mac itself, or the address',
  uds: 'mac itself',
  seed: 'mac itself, another for every start',
  'generation-config': 'mac itself',
  config: 'vllm_config',
  'tensor-parallel-size': 'vllm_config.tensor_parallel_size',
  'gpu-memory-utilization': 'vllm_config.gpu_memory_utilization',
  'max-model-len': 'vllm_config.max_model_len',
  dtype: 'vllm_config.dtype',
};

/** Keys of `vllm_config` whose flags have another name. */
const FLAG_BY_KEY: Readonly<Record<string, string>> = {max_num_seqs_upper_bound: 'max-num-seqs'};

/**
 * Checks how the keys of `vllm_config` fit together; looks at what is there, valid or not.
 */
export function checkVllm(model: Mapping, report: ModelReport): void {
  const config = asMapping(model['vllm_config']);
  const place = ['vllm_config'];
  if ((config['swap_space'] ?? null) !== null) {
    report.warning([...place, 'swap_space'], {
      found: 'an option that vLLM does not have since 0.18',
      expected: 'none',
      hint: 'it is left out of the command; cpu offloading is in extra_args (--cpu-offload-gb)',
    });
  }
  for (const key of ['speculative_config', 'hf_overrides', 'extra_args']) {
    const secret = findSecret(config[key], key);
    if (secret !== undefined) report.problem([...place, key], secretComplaint(secret));
  }
  checkAdapters(model, config, place, report);
  checkExtraArguments(config, [...place, 'extra_args'], report);
  if ((config['max_num_seqs_upper_bound'] ?? model['max_num_seqs'] ?? null) !== null) return;
  report.problem([...place, 'max_num_seqs_upper_bound'], {
    found: 'nothing',
    expected: 'how many sequences may run at once',
    hint: 'or set max_num_seqs: auto',
  });
}

function checkAdapters(model: Mapping, config: Mapping, place: readonly string[], report: ModelReport): void {
  const adapters = Object.keys(asMapping(config['lora_modules']));
  if (adapters.length === 0 || adapters.includes(String(model['model_name']))) return;
  report.problem([...place, 'lora_modules'], {
    found: 'adapters of which none is asked',
    expected: `a model_name that is one of them: ${adapters.join(', ')}`,
    hint: 'without one the base model answers',
  });
}

function checkExtraArguments(config: Mapping, place: readonly string[], report: ModelReport): void {
  const extra = config['extra_args'];
  if (extra === null || extra === undefined || typeof extra !== 'object') return;
  const set = new Set(
    Object.entries(config).flatMap(([key, value]) => (value === null ? [] : [FLAG_BY_KEY[key] ?? toFlag(key)])),
  );
  for (const {flag, words} of extraArguments({extra_args: extra as NonNullable<VllmConfig['extra_args']>})) {
    const [first = ''] = words;
    if (isSecretKey(flag.replaceAll('-', '_'))) report.problem(place, secretComplaint(`--${flag}`));
    else if (flag === '')
      report.problem(place, {found: JSON.stringify(first), expected: 'an option that begins with --'});
    else if (/^[^=]*\s/.test(first)) {
      const hint = '[--flag, value], --flag=value, or {flag: value}';
      report.problem(place, {found: JSON.stringify(first), expected: 'each word by itself', hint});
    } else if (Object.hasOwn(OWN_FLAGS, flag)) {
      report.problem(place, {
        found: `--${flag}`,
        expected: 'options that mac does not set',
        hint: `it comes from ${OWN_FLAGS[flag] ?? ''}`,
      });
    } else if (set.has(flag)) {
      report.problem(place, {found: `--${flag}, which is a key of vllm_config too`, expected: 'one of the two'});
    }
  }
}

function toFlag(key: string): string {
  return key.replaceAll('_', '-');
}

function secretComplaint(where: string): {found: string; expected: string; hint: string} {
  return {
    found: `${where}, which looks like a secret`,
    expected: 'no secrets in a config',
    hint: 'export VLLM_API_KEY or HF_TOKEN where the server starts',
  };
}
