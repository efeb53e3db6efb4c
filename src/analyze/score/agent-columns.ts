import {UserError} from '../../core/errors.ts';
import type {AgentDefinition, TaskConfig} from '../../core/task-config.ts';
import {valueText} from '../../core/text/value-text.ts';
import {resolveModelName} from '../select/columns.ts';
import type {Unit} from '../metrics/discussion/discussion.ts';

/** A column that distinguishes the agents of a task, not only tasks. */
export interface AgentColumn {
  readonly name: string;
  readonly getValue: (agent: AgentDefinition, config: TaskConfig) => string;
}

const AGENT_PARTS: readonly AgentColumn[] = [
  // Null also where a config does not have it, because no agent does.
  {name: 'agent.persona', getValue: ({persona}) => valueText(persona)},
  {name: 'agent.demographics', getValue: ({demographics}) => valueText(demographics)},
  {name: 'agent.model', getValue: ({model}, config) => resolveModelName(config, model)},
  // Absent in some configs of the older system, whose agents are then machines.
  {name: 'agent.as_human', getValue: ({if_as_human}) => String((if_as_human as boolean | undefined) ?? false)},
];

const AGENT_COLUMNS: readonly AgentColumn[] = [
  {
    // The ids of agents are the same in all tasks of a grid: without the identity, different agents would be taken for
    // one.
    name: 'agent',
    getValue: (agent, config) => {
      const [persona, demographics, model, asHuman] = AGENT_PARTS.map(({getValue}) => getValue(agent, config));
      return `${agent.agent_id}: ${persona}, ${demographics}, ${model}${asHuman === 'true' ? ', as human' : ''}`;
    },
  },
  {name: 'agent.id', getValue: ({agent_id: id}) => id},
  ...AGENT_PARTS,
];

/** Returns whether a name asks for a column of agents. */
export function isAgentColumn(name: string): boolean {
  return name === 'agent' || name.startsWith('agent.');
}

/**
 * The columns of agents that a user names: `agent` (one row for each id with each identity), `agent.id`,
 * `agent.persona`, `agent.demographics`, `agent.model`, `agent.as_human`.
 *
 * @throws UserError `column-unknown`; `column-of-agents` when whole conversations are asked about, which have no one
 * agent.
 */
export function agentColumnsNamed(names: readonly string[], unit: Unit): AgentColumn[] {
  const [first] = names;
  if (first !== undefined && unit !== 'agent') {
    throw new UserError('column-of-agents', `--by ${first} needs --unit agent`, {
      hint: `an answer of unit "${unit}" is given by all agents of a conversation together and belongs to none of them`,
    });
  }
  return names.map(name => {
    const column = AGENT_COLUMNS.find(each => each.name === name);
    if (column) return column;
    throw new UserError('column-unknown', `no column "${name}"`, {
      hint: `of agents there are: ${AGENT_COLUMNS.map(each => each.name).join(', ')}`,
    });
  });
}

/** The agents of a task that have the same values in some columns. */
export interface AgentGroup {
  readonly values: Readonly<Record<string, string>>;
  readonly agentIds: ReadonlySet<string>;
}

/** Groups the participants of a task, the only agents that answer, by their values. */
export function agentGroups(config: TaskConfig, columns: readonly AgentColumn[]): AgentGroup[] {
  const groups = new Map<string, {readonly values: Record<string, string>; readonly agentIds: Set<string>}>();
  for (const agent of config.agent_definitions.filter(({role}) => role === 'participant')) {
    const values = Object.fromEntries(columns.map(({name, getValue}) => [name, getValue(agent, config)]));
    const key = JSON.stringify(values);
    const group = groups.get(key) ?? {values, agentIds: new Set<string>()};
    groups.set(key, group);
    group.agentIds.add(agent.agent_id);
  }
  return [...groups.values()];
}
