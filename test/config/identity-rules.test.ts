import {expect, test} from 'vitest';

import {validateTaskConfig} from '../../src/config/validate.ts';
import {aConfig} from './a-config.ts';

function warnings(demographics: string | null, persona: string | null = null) {
  const changes = {'agent_definitions.0.demographics': demographics, 'agent_definitions.0.persona': persona};
  return validateTaskConfig(aConfig(changes)).warnings;
}

test.each([
  ['woman', 'write "female"'],
  ['Man', 'write "male"'],
  ['women', 'write "female"'],
  ['girl', 'write "young female"'],
  ['boy', 'write "young male"'],
  ['black woman', 'write "black female"'],
  ['transgender man', 'write "transgender male"'],
  ['jew', 'write "Jewish"'],
  ['teenager', 'write "teenage"'],
  ['a female', 'write "female"'],
  ['an older man', 'write "older male"'],
  ['person with a disability', 'an adjective, such as disabled or older'],
])('demographics "%s" read wrongly before "person": a warning', (demographics, hint) => {
  const [warning, ...more] = warnings(demographics);
  expect(more).toEqual([]);
  expect(warning).toMatchObject({hint, path: ['agent_definitions', 0, 'demographics']});
  expect(warning?.found).toContain(`prompts say "a ${demographics} person"`);
});

test.each(['female', 'male', 'black', 'Chinese', 'older', 'non-binary', 'Germanic', 'humane', '_', ''])(
  'demographics "%s" are none',
  demographics => expect(warnings(demographics)).toEqual([]),
);

test('a persona takes the place of "person"', () => {
  expect(warnings('woman', 'doctor')).toEqual([]);
  expect(warnings('woman', '')).toHaveLength(1);
  expect(warnings(null)).toEqual([]);
});
