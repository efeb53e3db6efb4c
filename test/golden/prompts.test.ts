import {expect, test} from 'vitest';

import {chatMessages, completionPrompt} from '../../src/backend/request/messages.ts';
import {Conversation} from '../../src/conversation/conversation.ts';
import type {Reply} from '../../src/conversation/judging/judgement.ts';
import {agentSystemPrompt, identityDisplay, promptOpening} from '../../src/conversation/prompt/identity.ts';
import {assemblePrompt, participantTemplate, questionBlock} from '../../src/conversation/prompt/prompt.ts';
import {discussionLine, findRole, ROLES} from '../../src/conversation/roles/registry.ts';
import {referenceChoices, toAskedQuestion} from '../../src/questions/question.ts';
import {goldenSuite, type GoldenVector} from '../support/golden.ts';

goldenSuite('prompts.json', {
  mode: 'reference',
  check: ({input, expected}) => {
    if (expected.error) {
      // A message of an agent that is not there. Ours carry their sender's identity, so there is nothing to look up and
      // fail at.
      const ids = input.all_agents.map((each: any) => each.agent_id);
      expect(input.visible_messages.every((message: any) => ids.includes(message.agent_id))).toBe(false);
      return;
    }
    const {agent, all_agents, question, identity_reveal_config: reveal, template_config: template} = input;
    const discussion = input.visible_messages.map((message: any) => {
      const sender = all_agents.find((each: any) => each.agent_id === message.agent_id);
      const display = sender ? identityDisplay(sender, reveal) : null;
      return discussionLine({message_metadata: {}, ...message, agent_identity_display: display}, question);
    });
    const prompt = {
      system: agentSystemPrompt(agent),
      user: assemblePrompt({
        opening: promptOpening(agent),
        question: questionBlock(toAskedQuestion(question, 'reference'), template.choice_display_format),
        discussion,
        template: participantTemplate(toAskedQuestion(question, 'reference'), template.json_field_order),
      }),
    };
    expect(prompt.system).toBe(expected.agent_system_prompt);
    expect(prompt.user).toBe(expected.participant_prompt);
    expect(chatMessages(prompt)[1]?.content).toBe(expected.chat_user_message_json);
    expect(completionPrompt(prompt)).toBe(expected.ollama_prompt);
  },
});

const OWN_PROMPT = 'judges, moderators and devil’s advocates are asked for fields of their own';
const UNKNOWN_ROLE = 'a role that does not exist is refused';
const ALL_SHOWN = 'every choice is shown, whatever its id';
const NO_SENDER = 'messages carry their sender’s identity: one who is not there is nothing to fail at';

/**
 * The agent's prompt as a conversation makes it: the first one where the vector shows no messages; else the one after a
 * round in which the others said what it shows. Undefined for messages that no round of these agents could leave.
 */
function promptInConversation({input}: GoldenVector, compatibility: 'reference' | 'default'): string | undefined {
  const {agent, all_agents: all, question, visible_messages: messages, template_config: for_participant} = input;
  const senders = messages.map((message: any) => message.agent_id);
  const isRound =
    JSON.stringify(senders) === JSON.stringify(all.map((each: any) => each.agent_id)) &&
    all.every((each: any) => each.role === 'participant') &&
    messages.every(({structured_response: said, message_metadata: meta}: any) => {
      return said.response_type === 'participant' && said.rationale?.trim() && meta?.matched_answer_text;
    });
  if (messages.length > 0 && !isRound) return undefined;
  const config: any = {
    compatibility,
    conversation_config: {routing_strategy: 'vanilla', max_rounds: 2},
    retry_config: {max_retries: 0, answer_match_threshold: 0.75},
    identity_reveal_config: input.identity_reveal_config,
    model_definitions: {},
    prompt_template_config: {for_participant},
    agent_definitions: (messages.length > 0 ? all : [agent]).map((each: any) => ({
      ...each,
      role_specific_config: null,
    })),
  };
  const conversation = new Conversation({question, config, seed: '', debug: false});
  const {ready} = conversation.start();
  if (messages.length === 0) return ready[0]!.user;
  for (const [i, turn] of ready.entries()) {
    const {structured_response: said, message_metadata: meta} = messages[i];
    const step = conversation.reply(turn, reply({answer: meta.matched_answer_text, rationale: said.rationale}));
    const next = step.ready.find(({agentId}) => agentId === agent.agent_id);
    if (next) return next.user;
  }
  throw new Error('the round did not end');
}

function reply(value: object): Reply {
  return {
    text: JSON.stringify(value),
    ending: 'complete',
    promptTokens: 1,
    responseTokens: 1,
    finishReason: 'stop',
    latencyMs: 1,
    servedModel: null,
    sent: {},
    backendKind: 'simulated',
  };
}

/** The same from its parts, asked for and read as the default mode's roles do. */
function promptFromRoles({input}: GoldenVector): string {
  const {agent, all_agents: all, question, identity_reveal_config: reveal, template_config: template} = input;
  const lines = input.visible_messages.map((message: any) => {
    const sender = all.find((each: any) => each.agent_id === message.agent_id);
    const display = sender ? identityDisplay(sender, reveal) : null;
    return discussionLine({message_metadata: {}, ...message, agent_identity_display: display}, question);
  });
  return assemblePrompt({
    opening: promptOpening(agent),
    question: questionBlock(question, template.choice_display_format),
    discussion: lines,
    template: findRole(agent.role).template(question, template.json_field_order),
  });
}

let compared = 0;
let played = 0;

/** Returns whether the older system left choices out. */
function hidesChoices(question: any): boolean {
  const isChoice = ['multiple_choice', 'binary', undefined].includes(question.question_type);
  return isChoice && referenceChoices(question).length < question.choices.length;
}

function checkShown(vector: GoldenVector): void {
  const {question} = vector.input;
  const [ours, theirs] = [promptFromRoles(vector), vector.expected.participant_prompt];
  expect(promptFromRoles({...vector, input: {...vector.input, question: toAskedQuestion(question, 'reference')}})).toBe(
    theirs,
  );
  for (const {text} of question.choices) expect(ours).toContain(`"${text}"`);
  compared++;
  const prompt = promptInConversation(vector, 'reference');
  if (prompt === undefined) return;
  played++;
  expect(prompt).toBe(theirs);
}

goldenSuite('prompts.json', {
  mode: 'default',
  decision: ({input: {agent, question}, expected}) => {
    if (expected.error) return NO_SENDER;
    if (agent.role === 'participant') return hidesChoices(question) ? ALL_SHOWN : undefined;
    return agent.role in ROLES ? OWN_PROMPT : UNKNOWN_ROLE;
  },
  check: vector => {
    const expected = vector.expected.participant_prompt;
    expect(promptFromRoles(vector)).toBe(expected);
    for (const mode of ['reference', 'default'] as const) {
      compared++;
      const prompt = promptInConversation(vector, mode);
      if (prompt === undefined) continue;
      played++;
      expect(prompt).toBe(expected);
    }
  },
  checkDecision: (vector, reason) => {
    if (reason === NO_SENDER) expect(promptFromRoles(vector)).toContain('Previous discussion:');
    else if (reason === ALL_SHOWN) checkShown(vector);
    else if (reason === UNKNOWN_ROLE) expect(() => promptFromRoles(vector)).toThrow('unknown role');
    else {
      const own = findRole(vector.input.agent.role).template(vector.input.question, 'answer_first');
      expect(promptFromRoles(vector)).toContain(own);
      expect(vector.expected.participant_prompt).not.toContain(own);
    }
  },
});

test('most of these prompts also came out of whole conversations, in both modes', () => {
  expect(played / compared).toBeGreaterThan(0.6);
});
