import {expect} from 'vitest';

import {createBackend} from '../../src/backend/backends.ts';
import {validateTaskConfig} from '../../src/config/validate.ts';
import {systemClock} from '../../src/core/clock.ts';
import type {TaskConfig} from '../../src/core/task-config.ts';
import {goldenSuite, type GoldenVector} from '../support/golden.ts';

const BACKEND_OF: Readonly<Record<string, string>> = {
  AsyncOpenAIAgent: 'openai',
  AsyncAnthropicAgent: 'anthropic',
  AsyncOllamaAgent: 'ollama',
  AsyncVLLMAgent: 'vllm',
};

/** A config around the vector's agent and models, with the limit that the older system asked for later. */
function validate({input}: GoldenVector) {
  const models = input.model_definitions ?? {[input.agent.model ?? 'm']: input.model_definition};
  const withLimits = Object.entries<any>(models).map(([name, model]) => [
    name,
    model.backend === 'vllm' ? {max_num_seqs: 8, ...model} : model,
  ]);
  return validateTaskConfig({
    compatibility: 'reference',
    experiment_metadata: {experiment_name: 'e', benchmark_subcategory: 'b', schema_version: 'v', questions_file: 'q'},
    conversation_config: {routing_strategy: 'vanilla', max_rounds: 1},
    retry_config: {
      max_retries: 0,
      answer_match_threshold: 0.75,
      retry_on_validation_error: true,
      retry_on_generation_error: true,
    },
    identity_reveal_config: {reveal_persona: true, reveal_demographics: true, reveal_presence_mode: true},
    model_definitions: Object.fromEntries(withLimits),
    agent_definitions: [input.agent],
  });
}

/**
 * Makes the model's client, which needs its key; vLLM's needs a server's address, which the older system had no use
 * for.
 */
async function makeBackend(model: TaskConfig['model_definitions'][string], env: Record<string, string>): Promise<void> {
  if (model.backend === 'vllm') return;
  await (await createBackend(model, {env, clock: systemClock, connections: 1})).close();
}

goldenSuite('agent-validate.json', {
  mode: 'reference',
  check: async vector => {
    const {input, expected} = vector;
    const {config, problems} = validate(vector);
    if (expected.error) {
      if (config) await expect(makeBackend(config.model_definitions[input.agent.model]!, input.env)).rejects.toThrow();
      else expect(problems).not.toEqual([]);
      return;
    }
    expect(problems).toEqual([]);
    const agent: any = config!.agent_definitions[0]!;
    const model: any = config!.model_definitions[agent.model]!;
    await makeBackend(model, input.env);
    expect(model.backend).toBe(BACKEND_OF[expected.class]);
    const settings = {
      ...model.api_config,
      ...agent,
      model_name: model.model_name ?? model.model_path,
      model_path: model.model_path,
    };
    for (const [name, value] of Object.entries(expected.attributes)) {
      // What the config leaves out has its default where it is used: backend-requests.json is about those.
      if (name in settings || value === null) expect(settings[name] ?? null, name).toEqual(value);
    }
  },
});
