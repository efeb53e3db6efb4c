import {readFileSync} from 'node:fs';
import {resolve} from 'node:path';
import {parse} from 'yaml';

/** Ways to ask for an answer in the right form. */
export interface Mode {
  readonly name: string;
  readonly structuredOutput: 'prompt' | 'json_schema';
  /** False: answers count whose reason is the prompt's placeholder. */
  readonly retryOnPlaceholder: boolean;
}

export const MODES: readonly Mode[] = [
  {name: 'prompt', structuredOutput: 'prompt', retryOnPlaceholder: true},
  {name: 'json_schema', structuredOutput: 'json_schema', retryOnPlaceholder: true},
  // A small model keeps to a schema and copies its reasons from the prompt: this tells the one from the other.
  {name: 'json_schema, placeholders kept', structuredOutput: 'json_schema', retryOnPlaceholder: false},
];

export interface Experiment {
  readonly name: string;
  /** Returns a whole config for a model. */
  readonly config: (model: Record<string, unknown>, mode: Mode) => Record<string, unknown>;
  /** Returns how many questions of each task are asked. */
  readonly questions: (limit: number) => number;
}

interface Config {
  readonly experiment_metadata: Record<string, unknown>;
  readonly conversation_config: Record<string, unknown>;
  readonly retry_config: Record<string, unknown>;
  readonly [section: string]: unknown;
}

const QUICKSTART = resolve(import.meta.dirname, '../../config/quickstart.yaml');
const AGENT = {role: 'participant', demographics: null, if_as_human: true, model: 'llm_0', temperature: 0.7};

export const EXPERIMENTS: readonly Experiment[] = [
  // Nine tasks: three personas on each of three benchmarks.
  {name: 'quickstart', config: quickstart, questions: limit => Math.ceil(limit / 4)},
  // One task with three agents.
  {name: 'bbq', config: threeAgents, questions: limit => limit},
];

/** Puts a real model in the place of the simulated one. */
function quickstart(model: Record<string, unknown>, mode: Mode): Record<string, unknown> {
  const config = parse(readFileSync(QUICKSTART, 'utf8')) as Config;
  return {
    ...config,
    conversation_config: {...config.conversation_config, structured_output: mode.structuredOutput},
    retry_config: {...config.retry_config, retry_on_placeholder: mode.retryOnPlaceholder},
    model_definitions: {llm_0: model},
  };
}

function threeAgents(model: Record<string, unknown>, mode: Mode): Record<string, unknown> {
  const {_grid, ...config} = quickstart(model, mode) as Config & {readonly _grid: unknown};
  return {
    ...config,
    experiment_metadata: {
      ...config.experiment_metadata,
      experiment_name: 'field_3agent_as-human',
      benchmark_subcategory: 'bbq_sample',
      questions_file: 'data/sample/bbq_sample.jsonl',
    },
    conversation_config: {...config.conversation_config, max_rounds: 2},
    agent_definitions: [null, 'nurse', 'judge'].map((persona, i) => ({
      ...AGENT,
      agent_id: `spkr_00${i}`,
      persona,
      max_tokens: 256,
    })),
  };
}
