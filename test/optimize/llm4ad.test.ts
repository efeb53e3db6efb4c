import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';

import {describe, expect, it} from 'vitest';

import {discoverFolderTasks} from '../../src/optimize/llm4ad/discover.ts';
import {openLlm4adTask} from '../../src/optimize/llm4ad/llm4ad-task.ts';
import {optimizeJobSchema} from '../../src/optimize/job.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';
import {runOne} from './run-one.ts';

const ROOT = join(import.meta.dirname, '../fixtures/llm4ad');
const JOB = {task: 'llm4ad:circle_packing', trainer: 'NoOpTrainer', tasks_root: ROOT};

describe('tasks of a folder', () => {
  it('are those of its index', async () => {
    expect((await discoverFolderTasks(ROOT))?.map(({id}) => id)).toEqual([
      'llm4ad:circle_packing',
      'llm4ad:online/needs_package',
    ]);
  });

  it('are its folders where it has no index', async () => {
    const folder = temporaryFolder();
    for (const name of ['b', 'a', '__pycache__']) mkdirSync(join(folder, name));
    expect((await discoverFolderTasks(folder))?.map(({key}) => key)).toEqual(['a', 'b']);
  });

  it('are undefined where there is no folder', async () => {
    expect(await discoverFolderTasks('/nowhere/at/all')).toBeUndefined();
  });

  it('say in one line what is wrong with an index', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'index.json');
    writeFileSync(path, '[{"module": "m"}, {"key": 7}]');
    const expected = `${path} is no list of {key, module}: 0.key is missing; 1.key: expected a text, got 7`;
    await expect(discoverFolderTasks(folder)).rejects.toThrow(expected);
    writeFileSync(path, '[{]');
    await expect(discoverFolderTasks(folder)).rejects.toThrow(`${path} is not JSON`);
  });

  it('are scored by their own evaluator', async () => {
    const {result} = await runOne(JOB);
    expect(result).toMatchObject({status: 'succeeded', task_source: 'external', metrics: {score_val: 0.4}});
    expect(result.feedback).toContain('sum of radii');
  });

  it('are skipped where a package, Python or the folder is missing', async () => {
    const skipped = async (job: object, env = process.env) => (await runOne({...JOB, ...job}, env)).result;
    expect(await skipped({task: 'llm4ad:online/needs_package'})).toMatchObject({
      status: 'skipped',
      reason: expect.stringContaining('needs the Python package a_package_that_is_nowhere'),
    });
    expect(await skipped({}, {...process.env, MAC_PYTHON: '/nowhere/python'})).toMatchObject({status: 'skipped'});
    expect(await skipped({tasks_root: null})).toMatchObject({
      status: 'skipped',
      reason: expect.stringContaining('root'),
    });
    expect(await skipped({task: 'llm4ad:nope'})).toMatchObject({
      status: 'skipped',
      reason: expect.stringContaining('nope'),
    });
  });
});

describe('a program text that a model wrote', () => {
  it.each([
    ['does not compile', 'def pack(:', 'SyntaxError'],
    ['lacks the function', 'x = 1', 'KeyError'],
    ['never ends', 'while True: pass', 'no result within 1 s'],
    ['ends the interpreter', 'import os\nos._exit(0)', 'without a result'],
    ['is not finite', 'def pack(): return [(0.5, 0.5, float("nan"))]', 'not finite'],
    ['takes all memory', 'x = bytearray(64 * 1024**3)', 'MemoryError'],
  ])('and that %s scores −1 000 000, with the reason as JSON', async (_, code, problem) => {
    const job = optimizeJobSchema.parse({...JOB, eval_kwargs: {timeout_seconds: 1}});
    const bundle = await openLlm4adTask('circle_packing', job, {env: process.env, print: () => undefined});
    try {
      const example = {set: 'train', index: 0, input: null, info: null} as const;
      const {score, feedback} = await bundle.evaluate({code}, example, new AbortController().signal);
      expect(score).toBe(-1_000_000);
      expect(JSON.parse(feedback).error).toContain(problem);
    } finally {
      await bundle.close();
    }
  });
});
