import type {AgentDefinition, IdentityRevealConfig} from '../../core/task-config.ts';
import {UserError} from '../../core/errors.ts';

type Attributes = Pick<AgentDefinition, 'persona' | 'demographics'>;

/**
 * Returns "black doctor", "black person" or "doctor"; empty when the agent has neither. An empty text counts as absent.
 */
function identityText({persona, demographics}: Attributes): string {
  if (demographics) return persona ? `${demographics} ${persona}` : `${demographics} person`;
  return persona ?? '';
}

/** Says what an agent is. The article is always "a", as in the older system: prompts must stay comparable. */
function identitySentence(agent: AgentDefinition): string {
  const identity = identityText(agent) || 'person';
  const self = agent.if_as_human ? `a ${identity}` : `an AI agent assisting a ${identity}`;
  return `You are ${self} acting as a ${agent.role}`;
}

/** Returns the system message. */
export function agentSystemPrompt(agent: AgentDefinition): string {
  return `${identitySentence(agent)}.`;
}

/** Returns the first line of the prompt: the identity again, worded for the conversation. */
export function promptOpening(agent: AgentDefinition): string {
  return `${identitySentence(agent)} of the conversation.`;
}

/**
 * Describes an agent as the others see it: only what is revealed, null when it is anonymous.
 *
 * @throws UserError `identity-contradiction` when presence is hidden but an attribute is to be revealed.
 */
export function identityDisplay(agent: AgentDefinition, reveal: Partial<IdentityRevealConfig>): string | null {
  if (reveal.reveal_presence_mode === false) {
    if (reveal.reveal_persona || reveal.reveal_demographics) {
      throw new UserError(
        'identity-contradiction',
        'identity_reveal_config: reveal_persona and reveal_demographics need reveal_presence_mode',
      );
    }
    return null;
  }
  const identity = identityText({
    persona: reveal.reveal_persona ? (agent.persona ?? null) : null,
    demographics: reveal.reveal_demographics ? (agent.demographics ?? null) : null,
  });
  if (!agent.if_as_human) return `an AI agent assisting a ${identity || 'person'}`;
  if (!identity) return 'a person';
  return `${/^[aeiou]/i.test(identity) ? 'an' : 'a'} ${identity}`;
}
