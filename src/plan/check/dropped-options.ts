import {backendFor} from '../../backend/backends.ts';
import type {OptionName} from '../../backend/request/option-routes.ts';
import {namesNeverSent, sentOptions} from '../../backend/sent-options.ts';
import type {TaskConfig} from '../../core/task-config.ts';
import type {CountedProblem} from '../checked-plan.ts';
import {tasksThatMatter} from '../enumerate.ts';
import type {Plan} from '../plan.ts';
import {countedAt} from './locate-problems.ts';

/** An option of agents that no request to their model carries. */
export interface DroppedOption {
  readonly option: OptionName;
  readonly model: string;
  readonly backend: string;
  readonly why: string;
  /** The place where it is set, below the task's configuration. */
  readonly path: readonly (string | number)[];
  /** Ids of the agents that set it in vain. */
  readonly agents: readonly string[];
}

/** Returns what a task's requests leave out, agent by agent; the seed, which is the whole conversation's, among it. */
export function findDropped(config: TaskConfig): DroppedOption[] {
  const {agent_definitions: agents, model_definitions: models, conversation_config: conversation} = config;
  const mode = config.compatibility ?? 'default';
  return agents.flatMap((agent, seat): DroppedOption[] => {
    const definition = models[agent.model];
    if (!definition) return [];
    const common = {model: agent.model, backend: definition.backend, agents: [agent.agent_id]};
    const dropped = sentOptions(definition, agent, mode).dropped.map(({option, why}): DroppedOption => {
      return {...common, option, why, path: ['agent_definitions', seat, option]};
    });
    const {seed} = backendFor(definition).routes(definition, mode);
    if (conversation.seed === undefined || !('why' in seed)) return dropped;
    return [...dropped, {...common, option: 'seed', why: seed.why, path: ['conversation_config', 'seed']}];
  });
}

const DECIDES =
  /^(?:model_definitions|agent_definitions(?:$|\.\d+(?:$|\.(?!persona$|demographics$|if_as_human$|role$)))|conversation_config(?:$|\.seed$))/;

/** Returns whether a path can decide what requests carry of an agent's options. */
function decidesOptions(path: string): boolean {
  return DECIDES.test(path);
}

/** Returns the dropped options of a plan's tasks, each once with all agents that any task has it for. */
export function listDroppedOptions(plan: Plan): DroppedOption[] {
  const found = new Map<string, DroppedOption>();
  for (const index of tasksThatMatter(plan, decidesOptions)) {
    for (const dropped of findDropped(plan.configAt(index))) {
      const id = JSON.stringify([dropped.option, dropped.model, dropped.why]);
      const agents = new Set([...(found.get(id)?.agents ?? []), ...dropped.agents]);
      found.set(id, {...(found.get(id) ?? dropped), agents: [...agents]});
    }
  }
  return [...found.values()];
}

/** Warns of options that agents set and no request to their model carries. The plan is valid. */
export function findDroppedOptions(plan: Plan): CountedProblem[] {
  return listDroppedOptions(plan).map(({option, model, backend, why, path, agents}) => {
    const [first = '', ...more] = agents;
    const who = more.length === 0 ? `agent ${first}` : `${agents.length} agents`;
    return countedAt(plan, path, {
      found: `${option} of ${who}, which does not reach ${model} (backend: ${backend}): ${why}`,
      expected: 'options that the model gets',
      hint: 'the server decides; the records show what was sent',
    });
  });
}

/**
 * Warns of names that models of a plan's tasks would rename or drop (`request.rename`, `request.drop`), and that no
 * request carries. The plan is valid.
 */
export function findNamesNeverSent(plan: Plan): CountedProblem[] {
  const found = new Map<string, CountedProblem>();
  for (const index of tasksThatMatter(plan, decidesOptions)) {
    const {model_definitions: models, compatibility: mode = 'default'} = plan.configAt(index);
    for (const [model, definition] of Object.entries(models)) {
      for (const name of namesNeverSent(definition, mode)) {
        const complaint = {
          found: `${name}, which no request to ${model} (backend: ${definition.backend}) carries`,
          expected: 'names of fields that are sent',
          hint: 'check its spelling; call.sampling in a transcript shows what is sent',
        };
        found.set(JSON.stringify([model, name]), countedAt(plan, ['model_definitions', model, 'request'], complaint));
      }
    }
  }
  return [...found.values()];
}
