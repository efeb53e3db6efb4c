import {expect} from 'vitest';

import {agentSystemPrompt, identityDisplay, promptOpening} from '../../src/conversation/prompt/identity.ts';
import {goldenSuite} from '../support/golden.ts';

goldenSuite('identity.json', {
  mode: 'reference',
  check: ({input: {agent, identity_reveal_config: reveal}, expected}) => {
    expect(promptOpening(agent)).toBe(expected.participant_system_line);
    expect(agentSystemPrompt(agent)).toBe(expected.agent_system_prompt);
    if ('identity_display_error' in expected) expect(() => identityDisplay(agent, reveal)).toThrow();
    else expect(identityDisplay(agent, reveal)).toBe(expected.identity_display);
  },
});
