import {expect} from 'vitest';

import {validateReference} from '../../src/config/rules/reference-rules.ts';
import {validateTaskConfig} from '../../src/config/validate.ts';
import {parseYaml11} from '../../src/config/yaml/yaml.ts';
import {goldenSuite, type GoldenVector} from '../support/golden.ts';

/**
 * Classes of the older system; anything else that it raised was Python falling over a value, which only has to be an
 * error here.
 */
const OWN_CLASSES = ['MissingConfigSectionError', 'InvalidConfigFieldError', 'ConfigurationError'];

goldenSuite('config-validate.json', {
  mode: 'reference',
  check: ({input, expected}) => {
    const outcome = validateReference(parseYaml11(input.yaml, 'golden.yaml').raw);
    if (!expected.error) {
      if ('error' in outcome) throw new Error(outcome.error.message);
      expect(plain(outcome.config)).toEqual(expected.config);
      expect(outcome.printed.map(line => `${line}\n`).join('')).toBe(expected.stdout);
      return;
    }
    if (!('error' in outcome)) throw new Error('was accepted');
    const {error_class: type, ...rest} = outcome.error;
    if (OWN_CLASSES.includes(expected.error.type)) expect({type, ...rest}).toEqual(expected.error);
  },
});

/** Mistakes that the older system let pass, and met later or never noticed. */
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
};
const WHOLE_FLOAT = '3.0 is a whole number';

function validate({input}: GoldenVector) {
  return validateTaskConfig(parseYaml11(input.yaml, 'golden.yaml').value);
}

/** Returns whether the older system objected only to a whole number written with a point. */
function isWholeFloat({input, expected}: GoldenVector): boolean {
  const {expected_type: wanted, actual_type: actual, field = ''} = expected.error?.details ?? {};
  if (wanted !== 'int' || actual !== 'float') return false;
  let value: any = parseYaml11(input.yaml, 'golden.yaml').value;
  for (const key of field.split('.')) value = value[key];
  return Number.isInteger(value);
}

goldenSuite('config-validate.json', {
  mode: 'default',
  decision: vector =>
    isWholeFloat(vector) ? WHOLE_FLOAT : vector.expected.error ? undefined : STRICTER[vector.tag ?? ''],
  check: vector => {
    const {expected} = vector;
    const {config, problems} = validate(vector);
    if (!expected.error) {
      expect(problems).toEqual([]);
      expect(config).toEqual(expected.config);
      return;
    }
    expect(config).toBeNull();
    // The problem stands where the older system found it, among others that it had not come to yet.
    const {missing_section: section, field = section} = expected.error.details ?? {};
    const wanted: string | undefined = field?.replace(/\[(\d+)\]/g, '.$1');
    const places = problems.map(({path}) => path.join('.'));
    if (wanted === undefined) expect(places).not.toEqual([]);
    else
      expect(places.filter(place => place === wanted || wanted.startsWith(`${place}.`) || place === '')).not.toEqual(
        [],
      );
  },
  checkDecision: (vector, reason) => {
    const {problems} = validate(vector);
    if (reason === WHOLE_FLOAT) expect(problems).toEqual([]);
    else expect(problems).not.toEqual([]);
  },
});

/** Marks of floats taken away, as the vectors' JSON has none. */
function plain(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_key, member: any) => (member?.constructor?.name === 'PythonFloat' ? member.value : member)),
  );
}
