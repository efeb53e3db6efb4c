/** A small valid configuration, with parts of it replaced. */
export function aConfig(changes: Readonly<Record<string, unknown>> = {}): Record<string, any> {
  const config: Record<string, any> = {
    experiment_metadata: {
      experiment_name: 'exp_as-ai',
      benchmark_subcategory: 'bbq_x',
      schema_version: '2025-12-10',
      questions_file: 'data/q.jsonl',
    },
    conversation_config: {routing_strategy: 'vanilla', max_rounds: 2},
    retry_config: {
      max_retries: 3,
      answer_match_threshold: 0.75,
      retry_on_validation_error: true,
      retry_on_generation_error: true,
    },
    identity_reveal_config: {reveal_persona: true, reveal_demographics: true, reveal_presence_mode: true},
    model_definitions: {llm_0: {backend: 'openai', model_name: 'm'}},
    agent_definitions: [anAgent('spkr_000'), anAgent('spkr_001')],
  };
  for (const [path, value] of Object.entries(changes)) setAt(config, path.split('.'), value);
  return config;
}

/** A valid agent. */
export function anAgent(id: string): Record<string, unknown> {
  return {
    agent_id: id,
    role: 'participant',
    persona: 'doctor',
    demographics: null,
    if_as_human: true,
    model: 'llm_0',
    temperature: 0.7,
    max_tokens: 256,
  };
}

function setAt(target: Record<string, any>, [key = '', ...rest]: readonly string[], value: unknown): void {
  if (rest.length > 0) setAt((target[key] ??= {}), rest, value);
  else if (value === undefined) Reflect.deleteProperty(target, key);
  else target[key] = value;
}
