import {expect, test} from 'vitest';

import {parseConfig} from '../../src/plan/front-ends.ts';

test('a file of trials where a config of a grid is expected is a mistake of the file, told with its kind', () => {
  const text = 'schema_version: 1\nstudy: {name: s}\nhypotheses: {}\n';
  expect(() => parseConfig({path: 's.yaml', text, sha256: ''})).toThrow(
    's.yaml: found a study, expected a config of a grid of conversations',
  );
});
