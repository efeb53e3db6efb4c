import {backendFor} from '../backend/backends.ts';
import {findRouter} from '../conversation/routing.ts';
import type {AgentDefinition, TaskConfig} from '../core/task-config.ts';

/** An agent's last and longest request, and the context of its model, in tokens. */
export interface Fit {
  readonly agent: AgentDefinition;
  /** Position among the agents. */
  readonly seat: number;
  readonly context: number;
  /** Question, instructions and templates. */
  readonly question: number;
  /** Messages of the round before, the agent's own included, each at its longest. */
  readonly discussion: number;
  /** Number of those messages. */
  readonly messages: number;
}

/** Sizes of prompts and replies in a model's first answers, instead of a guess. */
export interface MeasuredTokens {
  /** Real tokens of a prompt for each that `estimateTokens` estimates. */
  readonly scale: number;
  /** The longest reply. */
  readonly reply: number;
}

/** Before anything ran: estimates are taken as they are, and replies at their longest. */
const UNMEASURED: MeasuredTokens = {scale: 1, reply: Infinity};

/** Returns what a last request needs of the context, the reply included. */
export function requiredTokens({question, discussion, agent}: Fit): number {
  return question + discussion + agent.max_tokens;
}

/**
 * Tokens of instructions, of the identity (twice) and of a chat template: a guess on the safe side for prompts of ours
 * and templates that are common.
 */
const OVERHEAD_TOKENS = 200;
/** Tokens of a message's line beside the text: who says it, and the words around. */
const LINE_TOKENS = 20;
/** An answer without its reasons. */
const ANSWER_TOKENS = 30;

/**
 * Estimates the longest request of each agent whose model's context the config says. @param longestQuestion its
 * `questionTokens`.
 */
export function estimateFit(config: TaskConfig, longestQuestion: number, measured = UNMEASURED): Fit[] {
  const {agent_definitions: agents, model_definitions: models, conversation_config: conversation} = config;
  const router = findRouter(conversation.routing_strategy);
  const ids = agents.map(({agent_id: id}) => id);
  return agents.flatMap((agent, seat): Fit[] => {
    const model = models[agent.model];
    const context = model && backendFor(model).context?.(model)?.tokens;
    if (context === undefined) return [];
    const before =
      conversation.max_rounds === 1
        ? []
        : agents.filter(({agent_id: id}) => router.audience(id, ids).includes(agent.agent_id));
    const waitsFor = agent.role_specific_config?.speak_after_within_round ?? [];
    const within = agents.filter(
      ({agent_id: id}) => waitsFor.includes(id) && router.audience(id, ids).includes(agent.agent_id),
    );
    const heard = [...before, ...within];
    const mostShown = router.showsRationales ? measured.reply : Math.min(measured.reply, ANSWER_TOKENS);
    const discussion = heard.reduce((sum, {max_tokens: most}) => sum + LINE_TOKENS + Math.min(most, mostShown), 0);
    const question = Math.ceil(measured.scale * (OVERHEAD_TOKENS + longestQuestion));
    return [{agent, seat, context, question, discussion, messages: heard.length}];
  });
}
