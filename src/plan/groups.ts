import {groupBy} from '../core/group-by.ts';
import type {Plan} from './plan.ts';
import {serverNeed, serverSetKey, type ServerNeed} from './servers.ts';
import {tabulate, type Tabulated} from './tabulate.ts';

/** Tasks that need the same model servers, which can share a job and its servers. */
export interface ServerSet {
  /** Different models of the tasks, in the order in which agents name them; none when nothing has to be started. */
  readonly servers: readonly ServerNeed[];
  /** Ascending. */
  readonly tasks: readonly number[];
}

/** Tasks with equal needs: one array, since all elements of an array get the same. */
export interface TaskGroup {
  readonly gpus: number;
  /** By their first task. */
  readonly sets: readonly ServerSet[];
  readonly tasks: number;
}

/**
 * Groups tasks by the GPUs they need, and within those by their servers. Configurations are looked at once for each
 * combination of what can change a model's definition or an agent's model, not for each task.
 *
 * @param tasks ascending task numbers; every task when left out.
 * @returns most GPUs first.
 * @throws UserError what `plan.configAt` throws.
 */
export function groupTasks(plan: Plan, {tasks}: {tasks?: readonly number[] | undefined} = {}): TaskGroup[] {
  const serversAt = tabulateServers(plan);
  const sets = new Map<string, {servers: readonly ServerNeed[]; tasks: number[]}>();
  if (tasks === undefined && plan.size > 0 && serversAt.isConstant) {
    const all = Array.from({length: plan.size}, (_, index) => index);
    sets.set('', {servers: serversAt.at(0).servers, tasks: all});
  } else {
    const count = tasks?.length ?? plan.size;
    for (let i = 0; i < count; i++) {
      const index = tasks ? (tasks[i] ?? 0) : i;
      const {id, servers} = serversAt.at(index);
      const set = sets.get(id);
      if (set) set.tasks.push(index);
      else sets.set(id, {servers, tasks: [index]});
    }
  }
  return byGpus([...sets.values()]);
}

function byGpus(sets: readonly ServerSet[]): TaskGroup[] {
  const groups = groupBy(sets, ({servers}) => servers.reduce((sum, server) => sum + server.gpus, 0));
  return [...groups]
    .sort(([a], [b]) => b - a)
    .map(([gpus, of]) => ({gpus, sets: of, tasks: of.reduce((sum, {tasks}) => sum + tasks.length, 0)}));
}

interface TaskServers {
  /** Equal for equal sets of servers. */
  readonly id: string;
  readonly servers: readonly ServerNeed[];
}

const AGENTS = 'agent_definitions';

/**
 * Definitions and each agent's choice are looked at apart, so that axes over different agents are not combined with
 * each other.
 */
function tabulateServers(plan: Plan): Tabulated<TaskServers> {
  const config = plan.configAt;
  const needs = tabulate(
    plan,
    path => path === 'model_definitions' || path.startsWith('model_definitions.'),
    index => {
      const definitions = Object.entries(config(index).model_definitions);
      return new Map(definitions.map(([name, definition]) => [name, serverNeed(name, definition)]));
    },
  );
  const whole = tabulate(
    plan,
    path => path === AGENTS,
    index => config(index).agent_definitions.map(({model}) => model),
  );
  const seats = plan.size > 0 && whole.isConstant ? whole.at(0).length : 0;
  const choices = whole.isConstant
    ? Array.from({length: seats}, (_, seat) =>
        tabulate(
          plan,
          path => selectsModel(path, seat),
          index =>
            config(index)
              .agent_definitions.slice(seat, seat + 1)
              .map(({model}) => model),
        ),
      )
    : [
        tabulate(
          plan,
          path => selectsModel(path, 'any'),
          index => config(index).agent_definitions.map(({model}) => model),
        ),
      ];
  // Few different sets come out of many combinations: they are made once.
  const known = new Map<unknown, Map<string, TaskServers>>();
  const at = (index: number): TaskServers => {
    const definitions = needs.at(index);
    const names = new Set(choices.flatMap(choice => choice.at(index)));
    const choice = JSON.stringify([...names]);
    const ofDefinitions = known.get(definitions) ?? new Map<string, TaskServers>();
    known.set(definitions, ofDefinitions);
    const found = ofDefinitions.get(choice) ?? describe(names, definitions);
    ofDefinitions.set(choice, found);
    return found;
  };
  return {at, isConstant: needs.isConstant && choices.every(({isConstant}) => isConstant)};
}

function describe(names: ReadonlySet<string>, needs: ReadonlyMap<string, ServerNeed | undefined>): TaskServers {
  const servers = new Map<string, ServerNeed>();
  for (const name of names) {
    const need = needs.get(name);
    if (need && !servers.has(need.key)) servers.set(need.key, need);
  }
  return {id: serverSetKey(servers.keys()), servers: [...servers.values()]};
}

function selectsModel(path: string, seat: number | 'any'): boolean {
  const [section, position, field] = path.split('.');
  if (section !== AGENTS) return false;
  if (position === undefined) return true;
  return (seat === 'any' || Number(position) === seat) && (field === undefined || field === 'model');
}
