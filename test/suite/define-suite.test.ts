import {describe, expect, test} from 'vitest';

import {crossCases, defineConfig, defineSuite, SuiteError, z, type SuiteOptions} from '../../src/suite/index.ts';

const shape = {
  model: z.string().default('a'),
  numSamples: z.int().default(3),
  note: z.string().nullable().default(null),
  options: z.record(z.string(), z.number()).nullable().default({}),
};
const Config = defineConfig('demo', shape);
const base = Config.create();

const options = (changes: Partial<SuiteOptions<typeof shape>> = {}): SuiteOptions<typeof shape> => ({
  name: 'demo',
  entry: './run.ts',
  config: Config,
  cases: [{variant: 'only', config: base}],
  ...changes,
});

const named = (...variants: string[]) => ({cases: variants.map(variant => ({variant, config: base}))});

describe('a suite', () => {
  test('is data: cases with complete configs', () => {
    const {data} = defineSuite(options({maxParallel: 2, timeoutSeconds: 60, resources: {gpus: 1}}));
    expect(data).toEqual({
      name: 'demo',
      mode: 'standard',
      entry: './run.ts',
      max_parallel: 2,
      timeout_seconds: 60,
      resources: {gpus: 1},
      cases: [{variant: 'only', config: base}],
    });
  });

  test('refuses a variant with the name of a file that its run writes', () => {
    expect(() => defineSuite(options(named('summary.json')))).toThrow('has the name of a file that the run writes');
  });

  test('names every variant that repeats', () => {
    expect(() => defineSuite(options(named('a', 'b', 'a', 'c', 'b', 'b')))).toThrow(
      'suite "demo": variants repeat: a (2 times), b (3 times); each names a folder of its own',
    );
  });

  test.each(['../x', 'a/b', '/etc', '..', '.', '', '.hidden', 'a b', 'a\nb', '-rf', 'x'.repeat(121)])(
    'refuses the variant %j, which cannot be a folder',
    variant => {
      expect(() => defineSuite(options(named(variant)))).toThrow(/cannot be the name of a folder/);
    },
  );

  test('reports all mistakes at once, the first twenty of a kind', () => {
    const variants = Array.from({length: 25}, (_, i) => `../${i}`);
    const refuse = () => defineSuite(options({...named(...variants), name: 'a/b', entry: ''}));
    expect(refuse).toThrow(/its name cannot be a folder/);
    expect(refuse).toThrow(/it has no entry/);
    expect(refuse).toThrow(/and 5 more like these/);
  });

  test('needs cases and an entry', () => {
    expect(() => defineSuite(options({cases: []}))).toThrow(/it has no cases/);
    expect(() => defineSuite({...options(), entry: undefined as unknown as string})).toThrow(/it has no entry/);
  });

  test('refuses a config that is none of its definition, naming case and field', () => {
    const wrong = [{variant: 'v', config: {...base, modell: 'b'}}];
    expect(() => defineSuite(options({cases: wrong}))).toThrow(/case v: .*Unrecognized key: "modell"/);
    // @ts-expect-error -- a text is no number
    const typed = () => defineSuite(options({cases: [{variant: 'v', config: {...base, numSamples: 'x'}}]}));
    expect(typed).toThrow(/case v: .*numSamples/);
    const withFolder = [{variant: 'v', config: {...base, outputDir: '/x'}}];
    expect(() => defineSuite(options({cases: withFolder}))).toThrow(/outputDir is set by the runner/);
  });

  test('refuses a map that is null, naming the field; a scalar may be null', () => {
    const cases = [{variant: 'v', config: Config.copyWith(base, {options: null, note: null})}];
    expect(() => defineSuite(options({cases}))).toThrow('case v: options is a map and null');
  });

  test('takes a command only in Inspect mode, and fills in values of the case', () => {
    const entry = ['inspect', 'eval', 'task.py', '--model', '{model}', '-T', 'n={numSamples}', '{flags}', '{variant}'];
    expect(() => defineSuite(options({entry}))).toThrow(/mode: 'inspect'/);
    const {data} = defineSuite(options({entry, mode: 'inspect'}));
    expect(data.entry).toBeNull();
    expect(data.cases[0]?.argv).toEqual([
      ...['inspect', 'eval', 'task.py', '--model', 'a', '-T', 'n=3'],
      ...['--model=a', '--numSamples=3', '--note=__none__', '--options={}', '--seed=42'],
      'only',
    ]);
    const unknown = ['run', '{nobody}'];
    expect(() => defineSuite(options({entry: unknown, mode: 'inspect'}))).toThrow(/entry has \{nobody\}/);
  });

  test('throws an error that is marked as the mistake of its author', () => {
    expect(() => defineSuite(options({cases: []}))).toThrow(SuiteError);
  });
});

describe('crossCases', () => {
  test('makes two models by two settings four cases, the last axis fastest, with the types of the values', () => {
    const cases = crossCases({model: ['a', 'b'], setting: ['full', 'none'], n: [1]}, ({model, setting, n}) => {
      const typed: 'full' | 'none' = setting;
      return {variant: `${model}_${typed}`, config: Config.copyWith(base, {model, numSamples: n})};
    });
    expect(cases.map(({variant}) => variant)).toEqual(['a_full', 'a_none', 'b_full', 'b_none']);
    expect(defineSuite(options({cases})).data.cases).toHaveLength(4);
  });
});
