import {expect} from 'vitest';

import {validateTaskConfig} from '../../src/config/validate.ts';
import {parseYaml11} from '../../src/config/yaml.ts';
import {goldenSuite, type GoldenVector} from '../support/golden.ts';

/** What the older system let pass, and ran into later or never noticed. */
const STRICTER: Readonly<Record<string, string>> = {
  'max_rounds bool': 'true is no number of rounds',
  'max_rounds 0': 'no rounds, no conversation',
  'threshold bool': 'true is no threshold',
  'retries negative': 'there are no negative retries',
  'ptc extra': 'unknown keys are errors, not dropped in silence',
  'agents empty': 'a conversation needs agents',
  'unknown top': 'unknown keys are errors',
  'unknown agent key': 'unknown keys are errors',
  'temp placeholder': 'a placeholder that is left over is an error everywhere',
  'dup agent ids': 'two agents of one id cannot be told apart',
  'routing unknown': 'an unknown routing strategy is found before anything runs',
  'model unknown': "an agent's model must be defined",
  'models null': 'models must be defined',
  'models empty': 'models must be defined',
  'odd-file': 'a file without sections is no config',
};

const WHOLE_FLOAT = '3.0 is a whole number';

function validate({input}: GoldenVector) {
  return validateTaskConfig({...(parseYaml11(input.yaml, 'golden.yaml').value as object), compatibility: 'reference'});
}

goldenSuite('config-validate.json', {
  mode: 'reference',
  decision: ({tag, expected}) =>
    tag === 'retries float' ? WHOLE_FLOAT : expected.error ? undefined : STRICTER[tag ?? ''],
  check: vector => {
    const {expected} = vector;
    if (expected.error) {
      let problems: readonly {path: readonly (string | number)[]}[] = [];
      try {
        problems = validate(vector).problems;
      } catch {
        return; // no config at all
      }
      expect(problems.length).toBeGreaterThan(0);
      const field: string | undefined = expected.error.details?.missing_section ?? expected.error.details?.field;
      // The problem stands where the older system found it, among others that it had not come to yet.
      const places = problems.map(({path}) => path.join('.'));
      const wanted = field?.replace(/\[(\d+)\]/g, '.$1');
      if (wanted !== undefined)
        expect(places.some(place => place === wanted || wanted.startsWith(`${place}.`))).toBe(true);
      return;
    }
    const {config, problems} = validate(vector);
    expect(problems).toEqual([]);
    const {compatibility: _mode, ...ours} = config!;
    expect(ours).toEqual(expected.config);
  },
  checkDecision: (vector, reason) => {
    if (reason === WHOLE_FLOAT) {
      expect(validate(vector).problems).toEqual([]);
      return;
    }
    let count = 1;
    try {
      count = validate(vector).problems.length;
    } catch {
      // refused as a whole
    }
    expect(count).toBeGreaterThan(0);
  },
});
