import {readFileSync, readdirSync} from 'node:fs';
import {join, resolve} from 'node:path';
import fc from 'fast-check';
import {describe, expect, test} from 'vitest';

import {describeProblem} from '../../src/config/problem.ts';
import {requireValid, validateTaskConfig} from '../../src/config/validate.ts';
import {validateReference} from '../../src/config/rules/reference-rules.ts';
import {parseYaml} from '../../src/config/yaml/yaml.ts';
import {expandGrid} from '../../src/plan/grid/expand.ts';
import {countTasks} from '../../src/plan/task-numbers.ts';
import {HAS_SHARED, SHARED} from '../support/golden.ts';
import {aConfig, anAgent} from './a-config.ts';

/** Returns the problems reported, without the file's name. */
function complaints(raw: unknown): string[] {
  return validateTaskConfig(raw).problems.map(problem => describeProblem(problem).replace('config: ', ''));
}

const REFERENCE = {compatibility: 'reference'};

test('a valid config is taken as it is, with the defaults of the prompt', () => {
  const {config, problems, warnings} = validateTaskConfig(aConfig());
  expect([...problems, ...warnings]).toEqual([]);
  expect(config).toEqual({
    ...aConfig(),
    prompt_template_config: {for_participant: {choice_display_format: 'bullet', json_field_order: 'answer_first'}},
  });
});

test('a part that two configs share is reported at its place in each of them, and only if it is wrong', () => {
  const wrong = {...anAgent('b'), temperature: 9};
  const twoAgents = aConfig({agent_definitions: [anAgent('a'), wrong]});
  const threeAgents = aConfig({agent_definitions: [anAgent('a'), anAgent('c'), wrong]});
  const paths = [twoAgents, threeAgents, twoAgents].map(raw => validateTaskConfig(raw).problems.map(({path}) => path));
  const place = (seat: number) => [['agent_definitions', seat, 'temperature']];
  expect(paths).toEqual([place(1), place(2), place(1)]);
  expect(validateTaskConfig({...twoAgents, agent_definitions: [anAgent('a')]}).problems).toEqual([]);
});

test('an option that is null is an option left out', () => {
  const raw = aConfig({
    'conversation_config.seed': null,
    'model_definitions.llm_0.api_config': null,
    'model_definitions.llm_0.max_num_seqs': null,
    execution_config: {canary: 2, fail_after: null},
  });
  const {config} = validateTaskConfig(raw);
  expect(config?.model_definitions).toEqual({llm_0: {backend: 'openai', model_name: 'm'}});
  expect(config?.conversation_config).toEqual({routing_strategy: 'vanilla', max_rounds: 2});
  expect(config?.execution_config).toEqual({canary: 2});
  expect(config?.agent_definitions[0]).toHaveProperty('demographics', null);
});

describe('every problem is reported in one run', () => {
  test('of the shape and of how the parts fit together', () => {
    const raw = aConfig({
      'retry_config.answer_match_threshold': 75,
      'conversation_config.max_round': 3,
      'agent_definitions.1': {...anAgent('spkr_000'), model: 'llm_1'},
      'experiment_metadata.questions_file': undefined,
    });
    expect(complaints(raw)).toEqual([
      'experiment_metadata.questions_file: found nothing, expected a text (it is missing)',
      'retry_config.answer_match_threshold: found 75, expected a number ≤ 1',
      'conversation_config.max_round: found the unknown key "max_round", expected a known one; did you mean "max_rounds"?',
      'agent_definitions.1.agent_id: found "spkr_000", expected an id that no other agent has (agent 0 has it)',
      'agent_definitions.1.model: found "llm_1", expected a key of model_definitions: llm_0; did you mean "llm_0"?',
    ]);
  });

  test('with the place of each', () => {
    const text = 'retry_config:\n  max_retries: many\nfoo: 1\n';
    const document = parseYaml(text, 'my.yaml');
    const {problems} = validateTaskConfig(document.value, {file: 'my.yaml', locate: document.locate});
    const texts = problems.map(describeProblem);
    expect(texts).toContain('my.yaml:2:3: retry_config.max_retries: found "many", expected a whole number ≥ 0');
    expect(texts.some(line => line.startsWith('my.yaml:3:1: foo: found the unknown key "foo"'))).toBe(true);
  });

  test('and whoever cannot go on without gets them all', () => {
    const raw = aConfig({'retry_config.max_retries': -1, 'conversation_config.max_rounds': 0});
    expect(() => requireValid(raw)).toThrow(/max_rounds: found 0[^]*max_retries: found -1/);
  });
});

describe('a placeholder that is left over is named, wherever it is', () => {
  test.each([
    'experiment_metadata.experiment_name',
    'retry_config.max_retries',
    'agent_definitions.0.persona',
    'agent_definitions.1.model',
    'model_definitions.llm_0.model_name',
    'model_definitions.llm_0',
    'agent_definitions',
  ])('%s', path => {
    const expected = `${path}: found the placeholder _, expected a value; nothing in _grid fills it in`;
    expect(complaints(aConfig({[path]: '_'}))).toContain(expected);
    expect(complaints(aConfig({...REFERENCE, [path]: '_'}))).toContain(expected);
  });
});

describe('ranges', () => {
  test.each([
    ['conversation_config.max_rounds', [0, -1, 1.5, true, '3', null]],
    ['retry_config.max_retries', [-1, 0.5, false, '1']],
    ['retry_config.answer_match_threshold', [-0.1, 1.01, true, NaN]],
    ['agent_definitions.0.temperature', [-0.1, 2.01, '0', null, true]],
    ['agent_definitions.0.max_tokens', [0, -5, 1.5, '256']],
    ['agent_definitions.0.top_p', [0, 1.1]],
    ['agent_definitions.0.top_k', [-2, 1.5]],
    ['agent_definitions.0.min_p', [-0.1, 1.5]],
    ['agent_definitions.0.presence_penalty', [-2.5, 2.5]],
    ['agent_definitions.0.agent_id', ['', 5, null]],
    ['agent_definitions', [[], {}, null]],
    ['model_definitions', [{}, [], null]],
    ['model_definitions.llm_0.max_num_seqs', [0, -1, 'Auto', 1.5]],
    ['model_definitions.llm_0.backend', ['tgi', '', 'OpenAI', undefined]],
    ['model_definitions.llm_0.api_config.base_url', ['localhost:8000', 'ftp://x', '']],
    ['prompt_template_config.for_participant.choice_display_format', ['dash', null]],
    ['prompt_template_config', [null, []]],
    ['compatibility', ['old']],
  ])('%s', (path, values) => {
    for (const value of values) {
      expect(
        complaints(aConfig({[path]: value})).some(text => text.startsWith(path)),
        JSON.stringify(value),
      ).toBe(true);
    }
  });
});

describe('names that become folders stay in their place', () => {
  test.each(['../x', 'a/../b', '/abs', 'a//b', 'a/', '.', 'a\0b', 'a\nb', 'x'.repeat(201)])('%j', name => {
    for (const key of ['experiment_name', 'benchmark_subcategory']) {
      expect(complaints(aConfig({[`experiment_metadata.${key}`]: name})).length).toBe(1);
    }
  });

  test('ordinary ones, with spaces, dots and other scripts, are taken', () => {
    for (const name of ['a b', 'v1.2_as-ai', 'größe', '性別', "it's"]) {
      expect(complaints(aConfig({'experiment_metadata.experiment_name': name}))).toEqual([]);
    }
  });
});

describe('who speaks after whom', () => {
  const waiting = (order: Readonly<Record<string, readonly string[]>>) =>
    aConfig({
      agent_definitions: Object.entries(order).map(([id, others]) => ({
        ...anAgent(id),
        role_specific_config: {speak_after_within_round: others},
      })),
    });

  test('an agent that is not there is named', () => {
    expect(complaints(waiting({a: [], b: ['c']}))).toEqual([
      'agent_definitions.1.role_specific_config.speak_after_within_round.0: found "c", expected an agent of this config: a, b',
    ]);
  });

  test('an agent that waits for itself, or in a circle, would never speak', () => {
    expect(complaints(waiting({a: ['a']})).join()).toContain('agents that wait for each other (a)');
    expect(complaints(waiting({a: ['c'], b: ['a'], c: ['b'], d: []})).join()).toContain('(a, b, c)');
  });

  test('any order without a circle is taken, and any with one refused', () => {
    const edges = fc.array(fc.tuple(fc.nat(5), fc.nat(5)), {maxLength: 10});
    fc.assert(
      fc.property(edges, pairs => {
        const order = Object.fromEntries([0, 1, 2, 3, 4, 5].map(i => [`a${i}`, [] as string[]]));
        for (const [from, to] of pairs) order[`a${from}`]!.push(`a${to}`);
        expect(complaints(waiting(order)).length > 0).toBe(hasCircle(pairs));
      }),
    );
  });
});

/** Returns whether following the edges leads back to where it began. */
function hasCircle(edges: readonly (readonly [number, number])[]): boolean {
  const reaches = (from: number, goal: number, steps: number): boolean =>
    steps > 0 && edges.some(([a, b]) => a === from && (b === goal || reaches(b, goal, steps - 1)));
  return edges.some(([a]) => reaches(a, a, 6));
}

describe('models', () => {
  test('vllm needs to know how many sequences may run', () => {
    const vllm = {backend: 'vllm', model_path: 'o/m'};
    expect(complaints(aConfig({'model_definitions.llm_0': vllm})).join()).toContain('max_num_seqs_upper_bound');
    expect(complaints(aConfig({'model_definitions.llm_0': {...vllm, max_num_seqs: 'auto'}}))).toEqual([]);
    const bound = {...vllm, vllm_config: {max_num_seqs_upper_bound: 8}};
    expect(complaints(aConfig({'model_definitions.llm_0': bound}))).toEqual([]);
  });

  test('one that no agent uses is a warning', () => {
    const {problems, warnings} = validateTaskConfig(
      aConfig({'model_definitions.llm_9': {backend: 'ollama', model_name: 'x'}}),
    );
    expect(problems).toEqual([]);
    expect(warnings.map(({path, found}) => [path.join('.'), found])).toEqual([
      ['model_definitions.llm_9', 'a model that no agent uses'],
    ]);
  });

  test('an option of another kind of model says whose it is', () => {
    const raw = aConfig({'model_definitions.llm_0.api_config': {thinking: 'disabled'}});
    expect(complaints(raw)).toEqual([
      'model_definitions.llm_0.api_config.thinking: found the unknown key "thinking", expected a known one; it is for backend anthropic',
    ]);
  });

  test('a misspelt kind is suggested', () => {
    expect(complaints(aConfig({'model_definitions.llm_0.backend': 'VLLM'}))).toEqual([
      'model_definitions.llm_0.backend: found "VLLM", expected one of vllm, openai, anthropic, ollama, simulated; did you mean "vllm"?',
    ]);
  });

  test('names that every object has are no models and no roles', () => {
    for (const name of ['toString', 'constructor', '__proto__']) {
      expect(complaints(aConfig({'agent_definitions.0.model': name})).length).toBe(1);
      expect(complaints(aConfig({'agent_definitions.0.role': name})).length).toBe(1);
    }
  });
});

describe('unknown keys', () => {
  test('one that has its place elsewhere says where', () => {
    expect(complaints(aConfig({'retry_config.max_rounds': 2})).join()).toContain('belongs into conversation_config');
  });

  test('the prototype is no hiding place', () => {
    const raw = {...aConfig(), ...JSON.parse('{"__proto__": {"compatibility": "reference"}}')};
    expect(complaints(raw).join()).toContain('found the unknown key "__proto__"');
  });
});

describe('secrets', () => {
  const SECRET = 'sk-do-not-print-0123456789';

  test.each([
    'model_definitions.llm_0.api_key',
    'model_definitions.llm_0.api_config.api_key',
    'model_definitions.llm_0.api_config.token',
    'model_definitions.llm_0.api_config.Authorization',
    'model_definitions.llm_0.api_config.api_key_env',
    'agent_definitions.0.hf_token',
    'openai_api_key',
  ])('%s is refused in every mode, and never printed', path => {
    for (const mode of [{}, REFERENCE]) {
      const texts = complaints(aConfig({...mode, [path]: SECRET}));
      expect(texts.length).toBeGreaterThan(0);
      expect(texts.join()).not.toContain(SECRET);
      expect(texts.join()).toMatch(/api_key_env|that variable/);
    }
  });

  test('a password in an address is refused, and not printed', () => {
    const raw = aConfig({'model_definitions.llm_0.api_config.base_url': 'https://me:hunter2@host/v1'});
    expect(complaints(raw).join()).toContain('without a name and password');
    expect(complaints(raw).join()).not.toContain('hunter2');
  });

  test.each(['v1?api_key=SECRETQ', 'v1?version=2&access_token=SECRETQ', `${'long/'.repeat(20)}?key=SECRETQ`])(
    'a key in an address is refused, and not printed: %s',
    path => {
      const complaintsOf = (url: string): string =>
        complaints(aConfig({'model_definitions.llm_0.api_config.base_url': url})).join();
      expect(complaintsOf(`http://u:pw@host/${path}`)).not.toMatch(/SECRETQ|pw/);
      expect(complaintsOf(`http://host/${path}`)).toContain('a URL without a key in it');
      expect(complaintsOf(`http://host/${path}`)).not.toContain('SECRETQ');
    },
  );

  test('max_token is a misspelt max_tokens', () => {
    expect(complaints(aConfig({'agent_definitions.0.max_token': 5})).join()).toContain('did you mean "max_tokens"?');
  });
});

test("the order of choices is the file's under compatibility: reference, and anything else a problem", () => {
  const ordered = (order: string, more: object = {}) =>
    complaints(aConfig({'conversation_config.choice_order': order, ...more}));
  expect(ordered('shuffled')).toEqual([]);
  expect(ordered('fixed', REFERENCE)).toEqual([]);
  expect(ordered('shuffled', REFERENCE).join()).toContain('conversation_config.choice_order');
  expect(ordered('alphabetical').join()).toContain('fixed, shuffled, counterbalanced');
});

test.each([[['succeeded']], [['refuse']], ['refused'], [[1]]])('retry_outcomes takes no %j', outcomes => {
  expect(complaints(aConfig({'retry_config.retry_outcomes': outcomes})).join()).toContain(
    'retry_config.retry_outcomes',
  );
});

describe('compatibility: reference', () => {
  test('unknown keys are kept, with a warning; those of the prompt are dropped, as they were', () => {
    const raw = aConfig({
      ...REFERENCE,
      notes: {by: 'me'},
      'agent_definitions.0.extra': 1,
      'prompt_template_config.for_moderator': 1,
      'prompt_template_config.for_participant.json_field_order': 'rationale_first',
    });
    const {config, problems, warnings} = validateTaskConfig(raw);
    expect(problems).toEqual([]);
    expect(warnings.map(({path}) => path.join('.')).sort()).toEqual([
      'agent_definitions.0.extra',
      'notes',
      'prompt_template_config.for_moderator',
    ]);
    expect(config).toHaveProperty('notes', {by: 'me'});
    expect(config?.agent_definitions[0]).toHaveProperty('extra', 1);
    expect(config?.prompt_template_config).toEqual({
      for_participant: {choice_display_format: 'bullet', json_field_order: 'rationale_first'},
    });
    expect(raw['notes']).toEqual({by: 'me'});
  });

  test('unknown roles are kept; by default they are errors with a suggestion', () => {
    const change = {'agent_definitions.0.role': 'mediator'};
    expect(complaints(aConfig({...REFERENCE, ...change}))).toEqual([]);
    expect(complaints(aConfig(change)).join()).toContain('one of participant, moderator, judge, devils_advocate');
  });

  test('what the older system refused is refused', () => {
    const refused = aConfig({...REFERENCE, 'retry_config.max_retries': 'x'});
    expect(validateReference(refused)).toMatchObject({error: {error_class: 'InvalidConfigFieldError'}});
    expect(complaints(refused)).not.toEqual([]);
    expect(complaints(aConfig(REFERENCE))).toEqual([]);
  });

  test('what it wants in a name is a warning', () => {
    const change = {'experiment_metadata.experiment_name': 'plain'};
    expect(validateTaskConfig(aConfig({...REFERENCE, ...change})).warnings.length).toBe(1);
    expect(validateTaskConfig(aConfig(change)).warnings).toEqual([]);
  });
});

test('nothing that a file can hold makes the check itself fail', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(...Object.keys(aConfig()), ''), (value, section) => {
      const raw = section === '' ? value : aConfig({[section]: value});
      for (const each of [raw, section === '' ? raw : {...(raw as object), ...REFERENCE}]) {
        const {config, problems} = validateTaskConfig(each);
        expect(config === null).toBe(problems.length > 0);
      }
    }),
  );
});

if (!HAS_SHARED) console.warn(`SKIPPED: configs of end-to-end cases: no golden vectors at ${SHARED}`);

/** Those whose case is about configs that cannot be used. */
const ABOUT_INVALID = ['task-config-invalid', 'unquoted-schema-version'];

describe.skipIf(!HAS_SHARED)("the older system's configs are valid for continuing its studies", () => {
  const folder = join(SHARED, 'golden/e2e');
  const names = HAS_SHARED ? readdirSync(folder).filter(name => !ABOUT_INVALID.includes(name)) : [];
  test.each(names)('%s', name => {
    const {raw} = parseYaml(readFileSync(join(folder, name, 'config.yaml'), 'utf8'), name);
    const {axes, configAt, isGrid} = expandGrid(raw, '20250101T000000.000Z', 'reference');
    const size = countTasks(axes);
    const first = isGrid
      ? configAt(0)
      : Object.fromEntries(Object.entries(raw as object).filter(([key]) => key !== '_grid'));
    for (const config of [first, ...Array.from({length: size - 1}, (_, i) => configAt(i + 1))]) {
      expect(complaints({...config, ...REFERENCE})).toEqual([]);
    }
  });
});

const EXAMPLES = resolve(import.meta.dirname, '../../config');

test.each(readdirSync(EXAMPLES).filter(name => name.endsWith('.yaml')))('the example %s is valid', name => {
  const {raw} = parseYaml(readFileSync(join(EXAMPLES, name), 'utf8'), name);
  const {axes, configAt} = expandGrid(raw, '20250101T000000.000Z', 'default');
  const size = countTasks(axes);
  for (const index of [0, Math.floor(size / 2), size - 1]) expect(complaints(configAt(index))).toEqual([]);
});
