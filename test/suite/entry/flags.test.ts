import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {z} from 'zod';

import {readFlags, writeFlags} from '../../../src/suite/entry/flags.ts';
import {defineConfig} from '../../../src/suite/index.ts';

/** Compiled enums are objects like these. */
const Level = {Low: 'low-value', High: 'high-value'} as const;
const Code = {One: 1, Two: 2} as const;

const {schema, create} = defineConfig('flags', {
  model: z.string().default('gpt'),
  numSamples: z.int().default(100),
  rate: z.number().optional(),
  isFast: z.boolean().default(false),
  note: z.string().nullable().default('n'),
  level: z.enum(Level).default(Level.Low),
  code: z.enum(Code).default(Code.One),
  levels: z.array(z.enum(Level)).default([Level.Low]),
  tags: z.array(z.string()).default(['a', 'b']),
  sizes: z.array(z.int()).default([]),
  options: z.record(z.string(), z.json()).default({a: 1}),
  nested: z.object({x: z.number(), y: z.array(z.string())}).default({x: 1, y: []}),
  either: z.union([z.string(), z.number(), z.null()]).default('e'),
});

const read = (...argv: string[]) => readFlags(schema, argv);

describe('flags of an entry', () => {
  test.each(['--numSamples', '--num-samples', '--num_samples'])('%s names the field numSamples', flag => {
    expect(read(flag, '3')).toEqual({numSamples: 3});
    expect(read(`${flag}=3`)).toEqual({numSamples: 3});
  });

  test('ignore those of whoever starts the entry', () => {
    expect(read('--dry-run', '--config', 'x.json', '-p', '2', 'word', '--numSamples', '3', '--verbose')).toEqual({
      numSamples: 3,
    });
  });

  test('take booleans with and without a value', () => {
    expect(read('--isFast', '--numSamples', '-3')).toEqual({isFast: true, numSamples: -3});
    expect(read('--is-fast', 'false')).toEqual({isFast: false});
  });

  test('say null by a word, where the field takes null', () => {
    expect(read('--note', '__none__', '--either', '__none__')).toEqual({note: null, either: null});
    expect(() => read('--model', '__none__')).toThrow(/--model: found null/);
    expect(() => read('--options', '__none__')).toThrow(/--options: a map cannot be null/);
  });

  test('say an empty list, which is not the default', () => {
    expect(read('--tags', '[]', '--levels=[]')).toEqual({tags: [], levels: []});
  });

  test('say lists by repetition or as JSON; commas survive', () => {
    expect(read('--tags', 'a,b', '--tags', 'c')).toEqual({tags: ['a,b', 'c']});
    expect(read('--tags', '["a,b"]', '--sizes', '1', '--sizes', '2')).toEqual({tags: ['a,b'], sizes: [1, 2]});
    expect(read('--levels', 'high-value', '--levels', 'low-value')).toEqual({levels: ['high-value', 'low-value']});
  });

  test('need their values', () => {
    expect(() => read('--model')).toThrow(/--model: found no value/);
    expect(() => read('--model', '--numSamples', '3')).toThrow(/--model: found no value/);
    expect(read('--model=--odd')).toEqual({model: '--odd'});
    expect(() => read('--options', 'no map')).toThrow(/expected a map as JSON/);
  });

  test('bring every config back as it was', () => {
    const text = fc.string({unit: 'grapheme'}).filter(each => each !== '__none__');
    const config = fc.record(
      {
        model: text,
        numSamples: fc.integer(),
        rate: fc.double({noNaN: true, noDefaultInfinity: true}).filter(n => !Object.is(n, -0)),
        isFast: fc.boolean(),
        note: fc.option(text),
        level: fc.constantFrom(Level.Low, Level.High),
        code: fc.constantFrom(Code.One, Code.Two),
        levels: fc.array(fc.constantFrom(Level.Low, Level.High)),
        tags: fc.array(fc.oneof(fc.string(), fc.constantFrom('a,b', '[]', '["x"]', '__none__', '--x', '1', 'null'))),
        sizes: fc.array(fc.integer()),
        options: fc.dictionary(fc.constantFrom('a', 'b c', 'é'), fc.option(fc.oneof(fc.integer(), fc.string()))),
        nested: fc.record({x: fc.integer(), y: fc.array(fc.string())}),
        either: fc.oneof(text, fc.integer(), fc.constant(null), fc.constantFrom('1', 'null', 'true')),
      },
      {requiredKeys: []},
    );
    fc.assert(
      fc.property(config, values => {
        const whole = create(values);
        expect(create(readFlags(schema, writeFlags(schema, whole)) as Parameters<typeof create>[0])).toEqual(whole);
      }),
    );
  });
});
