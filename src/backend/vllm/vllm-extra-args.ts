import type {VllmConfig} from './vllm-schema.ts';

/** One option of `vllm serve` that the config adds, as words of a command line. */
export interface ExtraArgument {
  /** Without dashes before it and without `no-`: `pipeline-parallel-size`. */
  readonly flag: string;
  readonly words: readonly string[];
}

const SHORT_FLAGS: Readonly<Record<string, string>> = {
  tp: 'tensor-parallel-size',
  pp: 'pipeline-parallel-size',
  dp: 'data-parallel-size',
  pcp: 'prefill-context-parallel-size',
  dcp: 'decode-context-parallel-size',
  ep: 'enable-expert-parallel',
  q: 'quantization',
};

/** Reads `vllm_config.extra_args`, whichever way it is written. Words before the first flag have an empty one. */
export function extraArguments({extra_args: extra}: VllmConfig): ExtraArgument[] {
  if (extra === undefined) return [];
  return isList(extra) ? fromWords(extra.map(String)) : Object.entries(extra).flatMap(fromEntry);
}

function isList(extra: NonNullable<VllmConfig['extra_args']>): extra is readonly (string | number)[] {
  return Array.isArray(extra);
}

function fromWords(words: readonly string[]): ExtraArgument[] {
  const found: {flag: string; words: string[]}[] = [];
  for (const word of words) {
    const last = found.at(-1);
    if (/^--?[A-Za-z]/.test(word)) found.push({flag: flagName(word), words: [word]});
    else if (last) last.words.push(word);
    else found.push({flag: '', words: [word]});
  }
  return found;
}

/** `{max-lora-rank: 32, enable-sleep-mode: true}`; lists are several values, mappings JSON. */
function fromEntry([key, value]: readonly [string, unknown]): ExtraArgument[] {
  if (value === null || value === undefined) return [];
  const name = key.replace(/^-+/, '').replaceAll('_', '-');
  const flag = flagName(`--${name}`);
  if (typeof value === 'boolean') return [{flag, words: [value ? `--${name}` : `--no-${name}`]}];
  const values = Array.isArray(value) ? value : [value];
  return [{flag, words: [`--${name}`, ...values.map(renderValue)]}];
}

function renderValue(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** `--no-enable_x.y=1` → `enable-x`: the name under which vLLM's parser knows it. */
function flagName(word: string): string {
  const name = (/^-+([^=.\s]+)/.exec(word)?.[1] ?? '').replaceAll('_', '-').replace(/^no-/, '');
  return SHORT_FLAGS[name] ?? name;
}

/** The number that an added option gives; undefined where it is not given. */
export function extraNumber(config: VllmConfig, flag: string): number | undefined {
  const found = extraArguments(config).findLast(each => each.flag === flag);
  if (!found) return undefined;
  const [first = '', second] = found.words;
  const value = Number(/=(.*)$/.exec(first)?.[1] ?? second);
  return Number.isInteger(value) && value > 0 ? value : undefined;
}
