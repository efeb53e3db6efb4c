import type {AgentDefinition, TaskConfig} from '../core/task-config.ts';
import {UserError} from '../core/errors.ts';
import type {Question} from '../questions/question.ts';
import {agentSystemPrompt, identityDisplay, promptOpening} from './prompt/identity.ts';
import {participantTemplate} from './prompt/prompt.ts';
import {findRole} from './roles/registry.ts';
import type {Role} from './roles/role.ts';
import type {Router} from './routing.ts';

/** An agent's properties that stay the same over a whole conversation. */
export interface Seat {
  readonly index: number;
  readonly agent: AgentDefinition;
  /** null under `compatibility: reference`, where every role is asked and read as a participant. */
  readonly role: Role | null;
  /** Its identity as the others see it; null when it is anonymous. */
  readonly display: string | null;
  readonly system: string;
  readonly opening: string;
  readonly template: string;
  readonly answerSchema: Readonly<Record<string, unknown>> | undefined;
  readonly audience: readonly string[];
  /** Agents that must have spoken in the round before this one may. */
  readonly waitsFor: readonly string[];
  /** Those, and the ones that they wait for: all that have surely spoken in a round before this agent does. */
  readonly speaksAfter: ReadonlySet<string>;
}

/**
 * Seats the agents of a config, in its order.
 *
 * @throws UserError `unknown-role`, `identity-contradiction`; `no-agents`, `no-rounds`, `agents-deadlocked` when a
 * conversation could never end.
 */
export function seatAgents(question: Question, config: TaskConfig, router: Router): readonly Seat[] {
  const agentIds = config.agent_definitions.map(({agent_id: id}) => id);
  const seats = config.agent_definitions.map((agent, index) =>
    seat(agent, index, {question, config, router, agentIds}),
  );
  assertNoDeadlock(seats, config.conversation_config.max_rounds);
  return seats;
}

function seat(
  agent: AgentDefinition,
  index: number,
  {question, config, router, agentIds}: {question: Question; config: TaskConfig; router: Router; agentIds: string[]},
): Seat {
  const {json_field_order: order} = config.prompt_template_config.for_participant;
  const role = config.compatibility === 'reference' ? null : findRole(agent.role);
  const isEnforced = config.conversation_config.structured_output === 'json_schema';
  return {
    index,
    agent,
    role,
    display: identityDisplay(agent, config.identity_reveal_config),
    system: agentSystemPrompt(agent),
    opening: promptOpening(agent),
    template: role ? role.template(question, order) : participantTemplate(question, order),
    answerSchema: isEnforced ? (role ?? findRole('participant')).answerSchema(question, order) : undefined,
    audience: router.audience(agent.agent_id, agentIds),
    waitsFor: awaitedAgents(agent),
    speaksAfter: findPredecessors(agent, config.agent_definitions),
  };
}

function awaitedAgents(agent: AgentDefinition): readonly string[] {
  return agent.role_specific_config?.speak_after_within_round ?? [];
}

function findPredecessors(agent: AgentDefinition, agents: readonly AgentDefinition[]): ReadonlySet<string> {
  // A set that is added to while it is walked hands out what was added, too.
  const before = new Set(awaitedAgents(agent));
  for (const id of before) {
    for (const other of agents)
      if (other.agent_id === id) for (const earlier of awaitedAgents(other)) before.add(earlier);
  }
  return before;
}

/** Plays one round of waiting: agents that wait in a circle, or for one that does not exist, would never speak. */
function assertNoDeadlock(seats: readonly Seat[], maxRounds: number): void {
  if (seats.length === 0) throw new UserError('no-agents', 'agent_definitions: a conversation needs an agent');
  if (maxRounds < 1) throw new UserError('no-rounds', `max_rounds: expected 1 or more, found ${maxRounds}`);
  const waiting = new Set(seats);
  const spoken = new Set<string>();
  for (let progress = true; progress;) {
    progress = false;
    for (const each of waiting) {
      if (!each.waitsFor.every(id => spoken.has(id))) continue;
      waiting.delete(each);
      spoken.add(each.agent.agent_id);
      progress = true;
    }
  }
  if (waiting.size === 0) return;
  const stuck = [...waiting].map(({agent, waitsFor}) => `${agent.agent_id} waits for ${waitsFor.join(', ')}`);
  throw new UserError('agents-deadlocked', `agents that can never speak: ${stuck.join('; ')}`, {
    hint: 'speak_after_within_round must name agents of this config and must not run in a circle',
  });
}
