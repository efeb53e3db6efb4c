import {backendFor} from '../backend/backends.ts';
import type {OptionName} from '../backend/request/option-routes.ts';
import {namesNeverSent, sentOptions} from '../backend/sent-options.ts';
import type {TaskConfig} from '../core/task-config.ts';
import {axesThatChange, enumerateCombinations, representativeTasks} from './enumerate.ts';
import type {Plan} from './plan.ts';

/** An option of agents that no request to their model carries. */
export interface DroppedOption {
  readonly option: OptionName;
  readonly model: string;
  readonly backend: string;
  readonly why: string;
  /** Where it is set, below the task's configuration. */
  readonly path: readonly (string | number)[];
  /** Ids of the agents that set it in vain. */
  readonly agents: readonly string[];
}

/** The options of a task that its requests leave out; the seed, which is the whole conversation's, among them. */
export function droppedOptions(config: TaskConfig): DroppedOption[] {
  const {agent_definitions: agents, model_definitions: models, conversation_config: conversation} = config;
  const mode = config.compatibility ?? 'default';
  const found = new Map<string, DroppedOption>();
  for (const [seat, agent] of agents.entries()) {
    const definition = models[agent.model];
    if (!definition) continue;
    const note = (option: OptionName, why: string, path: readonly (string | number)[]): void => {
      const id = JSON.stringify([option, agent.model, why]);
      const known = found.get(id) ?? {option, model: agent.model, backend: definition.backend, why, path, agents: []};
      found.set(id, {...known, agents: [...known.agents, agent.agent_id]});
    };
    for (const {option, why} of sentOptions(definition, agent, mode).dropped) {
      note(option, why, ['agent_definitions', seat, option]);
    }
    const {seed} = backendFor(definition).routes(definition, mode);
    if (conversation.seed !== undefined && 'why' in seed) note('seed', seed.why, ['conversation_config', 'seed']);
  }
  return [...found.values()];
}

/** A name in a model's `request.rename` or `request.drop` that no request carries. */
export interface NameNeverSent {
  readonly name: string;
  readonly model: string;
  readonly backend: string;
}

/** The names that models of a plan's tasks would rename or drop, and that no request carries; each once. */
export function findNamesNeverSent(plan: Plan, validate: (raw: unknown) => TaskConfig): NameNeverSent[] {
  const found = new Map<string, NameNeverSent>();
  for (const index of tasksToInspect(plan)) {
    const {model_definitions: models, compatibility: mode = 'default'} = validate(plan.rawAt(index));
    for (const [model, definition] of Object.entries(models)) {
      for (const name of namesNeverSent(definition, mode)) {
        found.set(JSON.stringify([model, name]), {name, model, backend: definition.backend});
      }
    }
  }
  return [...found.values()];
}

/** Above this, one task for every value of every axis is looked at, not every combination. */
const MAX_COMBINATIONS = 2_000;

/** The same for all tasks of a plan, each once with all agents that any task has it for. */
export function findDroppedOptions(plan: Plan, validate: (raw: unknown) => TaskConfig): DroppedOption[] {
  const found = new Map<string, DroppedOption>();
  for (const index of tasksToInspect(plan)) {
    for (const dropped of droppedOptions(validate(plan.rawAt(index)))) {
      const id = JSON.stringify([dropped.option, dropped.model, dropped.why]);
      const agents = new Set([...(found.get(id)?.agents ?? []), ...dropped.agents]);
      found.set(id, {...(found.get(id) ?? dropped), agents: [...agents]});
    }
  }
  return [...found.values()];
}

const DECIDES =
  /^(?:model_definitions|agent_definitions(?:$|\.\d+(?:$|\.(?!persona$|demographics$|if_as_human$|role$)))|conversation_config(?:$|\.seed$))/;

function tasksToInspect(plan: Plan): number[] {
  const axes = axesThatChange(plan, path => DECIDES.test(path));
  const combinations = axes.reduce((product, i) => product * (plan.axes[i]?.values.length ?? 1), 1);
  if (combinations > MAX_COMBINATIONS) return representativeTasks(plan, axes);
  return [...enumerateCombinations(plan, axes)].map(({index}) => index);
}
