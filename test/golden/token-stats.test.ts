import {expect} from 'vitest';

import {tokenMetrics} from '../../src/conversation/transcript/outcome.ts';
import {goldenSuite} from '../support/golden.ts';

goldenSuite('token-stats.json', {
  mode: 'reference',
  check: ({input, expected}) => {
    const messages = input.messages.map(([prompt_tokens, response_tokens]: [number, number]) => ({
      message_metadata: {retry_count: 0, prompt_tokens, response_tokens},
    }));
    expect(tokenMetrics(messages)).toEqual(expected);
  },
});
