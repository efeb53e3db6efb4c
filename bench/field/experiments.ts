import {readFileSync} from 'node:fs';
import {resolve} from 'node:path';
import {parse} from 'yaml';

export type StructuredOutput = 'prompt' | 'json_schema';

export interface Experiment {
  readonly name: string;
  /** Returns a whole config for a model. */
  readonly config: (model: Record<string, unknown>, mode: StructuredOutput) => Record<string, unknown>;
  /** Returns how many questions of each task are asked. */
  readonly questions: (limit: number) => number;
}

interface Config {
  readonly experiment_metadata: Record<string, unknown>;
  readonly conversation_config: Record<string, unknown>;
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
function quickstart(model: Record<string, unknown>, mode: StructuredOutput): Record<string, unknown> {
  const config = parse(readFileSync(QUICKSTART, 'utf8')) as Config;
  return {
    ...config,
    conversation_config: {...config.conversation_config, structured_output: mode},
    model_definitions: {llm_0: model},
  };
}

function threeAgents(model: Record<string, unknown>, mode: StructuredOutput): Record<string, unknown> {
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
