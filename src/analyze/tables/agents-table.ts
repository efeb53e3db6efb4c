import {ROLES} from '../../conversation/roles/registry.ts';
import {identityDisplay} from '../../conversation/prompt/identity.ts';
import type {AgentDefinition} from '../../core/task-config.ts';
import {resolveModelName} from '../select/columns.ts';
import type {KnownTask} from '../records/recorded-tasks.ts';
import {boolean, integer, number, text, defineTable} from './table.ts';

export interface AgentSource {
  readonly task: KnownTask;
  readonly agent: AgentDefinition;
  readonly seat: number;
}

export const agentsTable = defineTable<AgentSource>({
  name: 'agents',
  meaning: 'one agent of one task, as configured',
  key: ['task_id', 'seat'],
  columns: {
    task_id: text('its task', ({task}) => task.id),
    seat: integer('place among the agents of the task, from 0', ({seat}) => seat),
    agent_id: text('its name; equal names in other tasks are other agents', ({agent}) => agent.agent_id),
    role: text(Object.keys(ROLES).join(', '), ({agent}) => agent.role),
    persona: text('persona', ({agent}) => agent.persona),
    demographics: text('demographics', ({agent}) => agent.demographics),
    as_human: boolean('whether it speaks as a human, not as an assistant of one', ({agent}) => agent.if_as_human),
    identity_configured: text('how the others see it by the config; null when it is anonymous', configuredIdentity),
    model: text('key in `model_definitions`', ({agent}) => agent.model),
    model_name: text('name of the model', ({task, agent}) => resolveModelName(task.config, agent.model)),
    backend: text('backend of the model', ({task, agent}) => modelDefinition(task, agent)?.backend),
    temperature: number('sampling temperature', ({agent}) => agent.temperature),
    max_tokens: integer('most tokens of an answer', ({agent}) => agent.max_tokens, 'tokens'),
    top_p: number('sampling option', ({agent}) => agent.top_p),
    top_k: number('sampling option', ({agent}) => agent.top_k),
    min_p: number('sampling option', ({agent}) => agent.min_p),
    presence_penalty: number('sampling option', ({agent}) => agent.presence_penalty),
    enable_thinking: boolean('sampling option', ({agent}) => agent.enable_thinking),
  },
});

function modelDefinition({config}: KnownTask, {model}: AgentDefinition): {backend?: unknown} | undefined {
  return config.model_definitions[model];
}

/** A config of the older system may contradict itself: then nothing is known. */
function configuredIdentity({task: {config}, agent}: AgentSource): string | null {
  try {
    return identityDisplay(agent, (config as Partial<typeof config>).identity_reveal_config ?? {});
  } catch {
    return null;
  }
}
