import {readdirSync, readFileSync, utimesSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';

import {describe, expect, test} from 'vitest';

import {makeContext} from '../../../src/suite/entry/context.ts';
import {temporaryFolder} from '../../support/temporary-folder.ts';

const json = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));

function aContext(
  config: {seed: number; model?: string} = {seed: 42},
  outputDir: string | undefined = temporaryFolder(),
) {
  const lines: string[] = [];
  const resultFile = join(temporaryFolder(), 'result.json');
  const context = makeContext({config, outputDir, resultFile, print: line => lines.push(line)});
  return {context, lines, resultFile, outputDir};
}

describe('the context of an entry', () => {
  test('has numbers that follow from the seed', () => {
    const draw = (seed: number) => {
      const {context} = aContext({seed});
      return [context.rng(), context.rng()];
    };
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
  });

  test('writes the numbers of a case to its folder, and reports them', () => {
    const {context, outputDir, resultFile} = aContext();
    context.writeResult({accuracy: 0.5}, {note: 'n'});
    expect(json(join(outputDir, 'results.json'))).toMatchObject({metrics: {accuracy: 0.5}, note: 'n'});
    expect(json(resultFile)).toEqual({metrics: {accuracy: 0.5}, note: 'n'});
    expect(readdirSync(outputDir)).toEqual(['results.json']);
  });

  test('refuses what is no finite number', () => {
    const {context, outputDir} = aContext();
    expect(() => context.writeResult({accuracy: Number.NaN})).toThrow('writeResult: accuracy is NaN');
    expect(readdirSync(outputDir)).toEqual([]);
  });

  test('refuses to name a folder where there is none', () => {
    const without = makeContext({
      config: {seed: 1},
      outputDir: undefined,
      resultFile: undefined,
      print: () => undefined,
    });
    expect(() => without.outputDir).toThrow(/there is no output folder/);
    expect(() => without.skipIfDone('x')).toThrow(/there is no output folder/);
  });
});

describe('skipIfDone', () => {
  test('says that a case is already complete, with the numbers that it had', () => {
    const {context, outputDir, lines} = aContext();
    expect(context.skipIfDone('results.json')).toBe(false);
    context.writeResult({accuracy: 0.5});
    const again = aContext({seed: 42}, outputDir);
    expect(again.context.skipIfDone('results.json')).toBe(true);
    expect(again.lines).toEqual([`already complete: ${join(outputDir, 'results.json')}`]);
    expect(json(again.resultFile)).toEqual({
      status: 'skipped',
      reason: 'already complete: results.json',
      metrics: {accuracy: 0.5},
    });
    expect(lines).toEqual([]);
  });

  test('does not take the result of another config for one', () => {
    const {context, outputDir} = aContext({seed: 42, model: 'a'});
    context.writeResult({accuracy: 0.5});
    expect(aContext({seed: 42, model: 'b'}, outputDir).context.skipIfDone('results.json')).toBe(false);
    expect(aContext({seed: 42, model: 'a'}, outputDir).context.skipIfDone('results.json')).toBe(true);
  });

  test('does not take a file from before the config was changed, nor an empty one', () => {
    const {context, outputDir} = aContext();
    writeFileSync(join(outputDir, 'scores.csv'), 'a,1\n');
    writeFileSync(join(outputDir, 'empty.csv'), '');
    expect(context.skipIfDone('scores.csv')).toBe(true);
    expect(context.skipIfDone('empty.csv')).toBe(false);
    writeFileSync(join(outputDir, 'config.json'), '{}');
    utimesSync(join(outputDir, 'scores.csv'), 1000, 1000);
    expect(context.skipIfDone('scores.csv')).toBe(false);
  });
});
