import {expect, test} from 'vitest';

import {UserError} from '../../../src/core/errors.ts';
import {resolveFailAfter} from '../../../src/execute/guards/run-guards.ts';
import type {PackTask} from '../../../src/execute/pack-task.ts';
import {aConfig, aTask} from '../a-task.ts';

const withConfig = (fail_after: number): PackTask => {
  const config = aConfig(['m'], {execution_config: {fail_after}});
  return aTask(0, ['m'], {load: () => ({key: 'k', repetition: 1, seed: 1, config})});
};

const failing = (error: Error): PackTask =>
  aTask(0, ['m'], {
    load: () => {
      throw error;
    },
  });

test('the limit of failures is the option’s, else that of the first task’s config, else none', () => {
  expect(resolveFailAfter({failAfter: 7}, [withConfig(3)])).toBe(7);
  expect(resolveFailAfter({}, [withConfig(3), withConfig(4)])).toBe(3);
  expect(resolveFailAfter({}, [aTask(0)])).toBeUndefined();
  expect(resolveFailAfter({}, [])).toBeUndefined();
});

test('a config that cannot be computed is left to the pack to refuse; a bug is not', () => {
  expect(resolveFailAfter({}, [failing(new UserError('config-invalid', 'no model'))])).toBeUndefined();
  expect(() => resolveFailAfter({}, [failing(new TypeError('x is undefined'))])).toThrow(TypeError);
});
