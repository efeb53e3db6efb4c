import {describe, expect, test} from 'vitest';
import {z, ZodError} from 'zod';

import {defineConfig, SuiteError} from '../../../src/suite/index.ts';

/** Compiled enums are objects like this. */
const Mood = {Calm: 'calm-value', Wild: 'wild-value'} as const;

const Config = defineConfig('demo', {
  model: z.string().default('gpt-4'),
  numSamples: z.int().default(100),
  tags: z.array(z.string()).default(['a', 'b']),
  mood: z.enum(Mood).default(Mood.Calm),
  options: z.record(z.string(), z.number()).default({depth: 1}),
  opt: z.string().nullable().default('x'),
});

describe('a config', () => {
  test('has its defaults, and the seed 42', () => {
    const config = Config.create();
    expect(config).toEqual({
      model: 'gpt-4',
      numSamples: 100,
      tags: ['a', 'b'],
      mood: 'calm-value',
      options: {depth: 1},
      opt: 'x',
      seed: 42,
    });
    const seed: number = config.seed;
    expect(seed).toBe(42);
  });

  test('keeps an empty list, which is not its default', () => {
    expect(Config.create({tags: []}).tags).toEqual([]);
  });

  test('has the values of an enum, not its names', () => {
    expect(JSON.stringify(Config.create({mood: Mood.Wild}))).toContain('"mood":"wild-value"');
  });

  test('is refused with a field of a wrong type, by the compiler and by zod', () => {
    // @ts-expect-error -- a text is no number
    expect(() => Config.create({numSamples: 'many'})).toThrow(ZodError);
  });

  test('is refused with a misspelt field, by the compiler and by zod', () => {
    // @ts-expect-error -- there is no modell
    expect(() => Config.create({modell: 'a'})).toThrow(/Unrecognized key: \\"modell\\"/);
  });

  test('cannot be assigned to, in depth', () => {
    const config = Config.create();
    // @ts-expect-error -- read-only
    expect(() => (config.model = 'other')).toThrow(TypeError);
    // @ts-expect-error -- read-only
    expect(() => config.tags.push('c')).toThrow(TypeError);
    // @ts-expect-error -- read-only
    expect(() => (config.options['depth'] = 2)).toThrow(TypeError);
  });

  test('has no output folder to set: the runner does', () => {
    // @ts-expect-error -- the runner's
    expect(() => Config.create({outputDir: '/tmp/x'})).toThrow(/outputDir is set by the runner/);
    // @ts-expect-error -- the runner's
    expect(() => Config.create({output_dir: '/tmp/x'})).toThrow(/output_dir is set by the runner/);
    // @ts-expect-error -- every config has one
    expect(() => defineConfig('bad', {seed: z.string()})).toThrow(/seed cannot be defined/);
    // @ts-expect-error -- the runner's
    expect(() => defineConfig('bad', {outputDir: z.string()})).toThrow(/outputDir cannot be defined/);
  });

  test('holds only what comes back from JSON, named when it does not', () => {
    const Loose = defineConfig('loose', {inner: z.object({value: z.any()}).default({value: 1})});
    const refuse = (value: unknown, what: string): void => {
      expect(() => Loose.create({inner: {value}})).toThrow(new RegExp(`inner\\.value.* is ${what}`));
    };
    refuse(() => 1, 'a function');
    refuse(10n, 'a bigint');
    refuse(new Date(0), 'a Date');
    refuse(new Map(), 'a Map');
    refuse([1, Number.NaN], 'NaN');
    const circle: Record<string, unknown> = {};
    circle['self'] = circle;
    refuse(circle, 'a value that contains itself');
  });

  test('is refused when its schema changes what it made itself', () => {
    const Doubling = defineConfig('doubling', {n: z.number().transform(n => n * 2)});
    expect(() => Doubling.create({n: 2})).toThrow(/would get another one/);
    const Trimming = defineConfig('trimming', {text: z.string().trim()});
    expect(Trimming.create({text: ' a '}).text).toBe('a');
  });
});

describe('copyWith', () => {
  test('makes a new config and leaves the base as it was', () => {
    const base = Config.create();
    const changed = Config.copyWith(base, {model: 'b', tags: []});
    expect(changed).toEqual({...base, model: 'b', tags: []});
    expect(base.model).toBe('gpt-4');
    expect(Object.isFrozen(changed.tags)).toBe(true);
  });

  test('refuses misspelt fields and wrong values, by the compiler and at run time', () => {
    const base = Config.create();
    // @ts-expect-error -- there is no modell
    expect(() => Config.copyWith(base, {modell: 'b'})).toThrow(ZodError);
    // @ts-expect-error -- a text is no number
    expect(() => Config.copyWith(base, {numSamples: '3'})).toThrow(ZodError);
    expect(() => Config.copyWith(base, {model: undefined})).toThrow(/model is set to undefined/);
  });

  test('refuses the output folder, by the compiler and at run time', () => {
    // @ts-expect-error -- the runner's
    expect(() => Config.copyWith(Config.create(), {outputDir: 'x'})).toThrow(SuiteError);
  });
});
