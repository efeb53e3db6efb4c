import {expect} from 'vitest';

import {createBackend} from '../../src/backend/create-backend.ts';
import {validateTaskConfig} from '../../src/config/validate.ts';
import {systemClock} from '../../src/core/clock.ts';
import {goldenSuite, type GoldenVector} from '../support/golden.ts';

const OURS: readonly {readonly reason: string; readonly applies: (vector: GoldenVector) => boolean}[] = [
  {
    reason: 'a section that is null is an error: leave it out',
    applies: ({input}) => input.model_definition?.api_config === null,
  },
  {
    reason: 'options of the engine that the config does not know are errors, not ignored',
    applies: ({input}) => /"(?:bogus|unknown|extra|foo)/.test(JSON.stringify(input.model_definition ?? {})),
  },
];

/** Whether a config with this agent and model can be run: checked as a whole, then the model's client made. */
async function problemsOf({input}: GoldenVector): Promise<string[]> {
  const models = input.model_definitions ?? {[input.agent.model ?? 'm']: input.model_definition};
  const withLimits = Object.fromEntries(
    Object.entries<any>(models).map(([name, model]) => [
      name,
      model.backend === 'vllm' ? {max_num_seqs: 8, ...model} : model,
    ]),
  );
  const {problems} = validateTaskConfig({
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
    model_definitions: withLimits,
    agent_definitions: [input.agent],
  });
  if (problems.length > 0)
    return problems.map(({path, found, expected}) => `${path.join('.')}: ${found}, expected ${expected}`);
  const model = withLimits[input.agent.model];
  if (model.backend === 'vllm') return [];
  try {
    const backend = await createBackend(model, {env: input.env, clock: systemClock, connections: 1});
    await backend.close();
    return [];
  } catch (error) {
    return [String(error)];
  }
}

goldenSuite('agent-validate.json', {
  mode: 'reference',
  decision: vector => OURS.find(({applies}) => !vector.expected.error && applies(vector))?.reason,
  check: async vector => {
    const problems = await problemsOf(vector);
    if (vector.expected.error) expect(problems.length).toBeGreaterThan(0);
    else expect(problems).toEqual([]);
  },
  checkDecision: async vector => expect((await problemsOf(vector)).length).toBeGreaterThan(0),
});
