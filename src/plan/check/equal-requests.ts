import {backendFor} from '../../backend/backends.ts';
import {sentOptions} from '../../backend/sent-options.ts';
import type {Problem} from '../../config/problem.ts';
import {canonicalJson, sha256} from '../../core/seeds/hash.ts';
import type {AgentDefinition, ModelDefinition, TaskConfig} from '../../core/task-config.ts';
import type {QuestionFiles} from '../../questions/question-files.ts';
import {representativeTasks} from '../enumerate.ts';
import type {Plan} from '../plan.ts';
import {isServedLocally} from '../servers.ts';
import {resolveSystemRole} from '../task-key.ts';
import {findDropped} from './dropped-options.ts';
import {findEqualTasks} from './equal-tasks.ts';

/** Finds tasks that would ask the same: their differences reach no request. The plan is valid. */
export function findEqualRequests(plan: Plan, files: QuestionFiles): Problem[] {
  const {configAt} = plan;
  const isSameTask = (first: number, second: number): boolean => plan.taskAt(first).key === plan.taskAt(second).key;
  const identities = findIdentities(plan);
  return findEqualTasks(plan, {
    makeKey: index => {
      const config = configAt(index);
      return requestKey(config, files.require(config.experiment_metadata.questions_file).sha256, identities);
    },
    showsInKey: path => IN_KEY.test(path),
    describe: (first, second) =>
      isSameTask(first, second) ? 'would give the same results' : 'would send the same requests',
    explain: (first, second) =>
      isSameTask(first, second) ? undefined : explainEquality(configAt(first), configAt(second)),
  });
}

/** Says which options make no difference between two tasks that send the same requests. */
function explainEquality(first: TaskConfig, second: TaskConfig): string {
  const dropped = [...findDropped(first), ...findDropped(second)].filter(({option}) => {
    const serializeOption = ({agent_definitions: agents, conversation_config: {seed}}: TaskConfig): string =>
      JSON.stringify(option === 'seed' ? seed : agents.map(agent => agent[option]));
    return serializeOption(first) !== serializeOption(second);
  });
  const reasons = dropped.map(({option, model, why}) => `${option} does not reach ${model}: ${why}`);
  if (reasons.length === 0) return 'what differs is part of no request; for the same grid several times use --rep';
  return [...new Set(reasons)].join('; ');
}

/** The attributes of agents that a grid has anywhere: settings that reveal another one show in no request. */
export interface Identities {
  readonly persona: boolean;
  readonly demographics: boolean;
}

/** Finds the attributes that any agent of a plan's tasks has. The plan is valid. */
export function findIdentities(plan: Plan): Identities {
  const agents = representativeTasks(plan).flatMap(index => plan.configAt(index).agent_definitions);
  return {
    persona: agents.some(({persona}) => persona != null && persona !== ''),
    demographics: agents.some(({demographics}) => demographics != null && demographics !== ''),
  };
}

/**
 * Returns a hash of all that a task's requests say and of where they go. It is coarser than the task's key: options
 * that no request carries, models that no agent uses and the benchmark's name are no part of it. Tasks with equal ones
 * ask the same, at best with other seeds.
 *
 * @param questionsSha256 of the question file's bytes.
 * @param identities of the whole grid: a cell without a persona stays beside its counterpart in a grid that has
 * personas.
 */
export function requestKey(config: TaskConfig, questionsSha256: string, identities: Identities): string {
  const {experiment_metadata: _metadata, model_definitions: models, agent_definitions: agents, ...rest} = config;
  const protocol = sharesMessages(config) ? withoutUnusedReveals(rest, identities) : withoutVisibilitySettings(rest);
  const mode = config.compatibility ?? 'default';
  const seats = agents.map(agent => {
    const definition = models[agent.model];
    if (!definition) return agent;
    return {...pickIdentity(agent), model: pickTarget(definition), sent: sentOptions(definition, agent, mode).fields};
  });
  return sha256(canonicalJson({...protocol, seats, questionsSha256}));
}

/**
 * Returns whether any request carries what agents said: those of the first round do so only for agents that wait for
 * others in it.
 */
function sharesMessages({conversation_config: {max_rounds: rounds}, agent_definitions: agents}: TaskConfig): boolean {
  return rounds > 1 || agents.some(agent => agent.role_specific_config != null);
}

/** Leaves out what only decides who hears what, and of whom. */
function withoutVisibilitySettings<
  Protocol extends Pick<TaskConfig, 'conversation_config' | 'identity_reveal_config'>,
>({
  identity_reveal_config: _reveal,
  conversation_config: {routing_strategy: _routing, message_order: _order, early_stop_on_unanimity: _stop, ...rest},
  ...protocol
}: Protocol): object {
  return {...protocol, conversation_config: rest};
}

/** Leaves out settings that would reveal what no agent of the grid has. */
function withoutUnusedReveals<Protocol extends Pick<TaskConfig, 'identity_reveal_config'>>(
  {identity_reveal_config: {reveal_persona, reveal_demographics, ...reveal}, ...protocol}: Protocol,
  {persona, demographics}: Identities,
): object {
  return {
    ...protocol,
    reveal: {...reveal, ...(persona ? {reveal_persona} : {}), ...(demographics ? {reveal_demographics} : {})},
  };
}

/** Picks who speaks, without the options of the request. Nothing and null say the same to a prompt. */
function pickIdentity({
  agent_id,
  role,
  persona,
  demographics,
  if_as_human,
  role_specific_config,
}: AgentDefinition): object {
  return {
    agent_id,
    role,
    persona: persona ?? null,
    demographics: demographics ?? null,
    if_as_human,
    role_specific_config: role_specific_config ?? null,
  };
}

/** Picks the model that answers. The arguments of a server that somebody else started change nothing. */
function pickTarget(model: ModelDefinition): object {
  const known = backendFor(model);
  if (!known.body || isServedLocally(model)) return known.essentials(model);
  const {backend, model_name, model_path} = model;
  return {backend, name: model_name ?? model_path, system_role: resolveSystemRole(model)};
}

/**
 * Paths at which a single value shows in the key as it is, whatever stands elsewhere. What decides who hears what shows
 * only where somebody is heard.
 */
const IN_KEY =
  /^(?:conversation_config\.(?!routing_strategy$|message_order$|early_stop_on_unanimity$)|retry_config\.|agent_definitions\.\d+\.(?:persona|demographics|if_as_human|role|agent_id)$)/;
