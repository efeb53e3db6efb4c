import fc from 'fast-check';
import {expect, test} from 'vitest';

import {freeValues} from '../../src/config/rules/free-values.ts';
import {validateTaskConfig} from '../../src/config/validate.ts';
import {aConfig} from './a-config.ts';

const PATHS = [
  ...['persona', 'demographics', 'temperature', 'max_tokens', 'top_p', 'top_k', 'min_p', 'presence_penalty'].map(
    field => `agent_definitions.1.${field}`,
  ),
  'conversation_config.max_rounds',
  'conversation_config.seed',
  'retry_config.max_retries',
  'retry_config.answer_match_threshold',
];

test('a value is free at a path exactly when a whole configuration is valid with it, in both modes', () => {
  const value = fc.oneof(
    fc.constantFrom('', '_', 'text', null, true, -1, 0, 0.5, 1, 2, 3, 1e300, [], {}),
    fc.integer(),
    fc.double({noNaN: true}),
  );
  fc.assert(
    fc.property(fc.constantFrom(...PATHS), value, fc.constantFrom('default', 'reference'), (path, each, mode) => {
      const {problems} = validateTaskConfig(aConfig({[path]: each, compatibility: mode}));
      expect(freeValues(path)?.(each)).toBe(problems.length === 0);
    }),
    {numRuns: 1000},
  );
});

test.each(['agent_definitions.0.model', 'agent_definitions.00.persona', 'experiment_metadata.experiment_name'])(
  'more than the value counts at %s',
  path => {
    expect(freeValues(path)).toBeUndefined();
  },
);
