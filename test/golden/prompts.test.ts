import {expect} from 'vitest';

import {chatMessages, completionPrompt} from '../../src/backend/messages.ts';
import {discussionLine} from '../../src/conversation/discussion-line.ts';
import {agentSystemPrompt, identityDisplay, promptOpening} from '../../src/conversation/identity.ts';
import {assemblePrompt, participantTemplate, questionBlock} from '../../src/conversation/prompt.ts';
import {goldenSuite} from '../support/golden.ts';

goldenSuite('prompts.json', {
  mode: 'reference',
  check: ({input, expected}) => {
    if (expected.error) {
      // A message of an agent that is not there. Ours carry their sender's identity, so there is nothing to look up and fail at.
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
        question: questionBlock(question, template.choice_display_format),
        discussion,
        template: participantTemplate(question, template.json_field_order),
      }),
    };
    expect(prompt.system).toBe(expected.agent_system_prompt);
    expect(prompt.user).toBe(expected.participant_prompt);
    expect(chatMessages(prompt)[1]?.content).toBe(expected.chat_user_message_json);
    expect(completionPrompt(prompt)).toBe(expected.ollama_prompt);
  },
});
