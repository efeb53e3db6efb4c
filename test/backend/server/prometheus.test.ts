import {expect, test} from 'vitest';

import {parsePrometheus, type Sample} from '../../../src/backend/server/prometheus.ts';

/** The samples of one metric. */
function read(text: string, name = 'a'): readonly Sample[] | undefined {
  return parsePrometheus(text, new Set([name])).get(name);
}

test.each<[string, Sample]>([
  ['a 3', {labels: {}, value: 3}],
  ['a{} 3', {labels: {}, value: 3}],
  ['a{x="y"} 3.5e2', {labels: {x: 'y'}, value: 350}],
  ['a { x = "y" , z="" , } 3', {labels: {x: 'y', z: ''}, value: 3}],
  ['a{x="with } and , and ="} 3', {labels: {x: 'with } and , and ='}, value: 3}],
  [String.raw`a{x="\"quoted\", back\\slash,\nline"} 3`, {labels: {x: '"quoted", back\\slash,\nline'}, value: 3}],
  ['a 3 1764417600000', {labels: {}, value: 3}],
  ['a 3\r', {labels: {}, value: 3}],
  ['a -Inf', {labels: {}, value: -Infinity}],
  ['a +Inf', {labels: {}, value: Infinity}],
])('%s', (line, sample) => expect(read(line)).toEqual([sample]));

test('a value that is not measured yet is no number', () => expect(read('a NaN')?.[0]?.value).toBeNaN());

test('every line of a metric is a sample, in order; a colon belongs to a name', () => {
  const text = 'vllm:running{engine="0"} 3\nvllm:running_total 9\nvllm:running{engine="1"} 4\n';
  expect(read(text, 'vllm:running')).toEqual([
    {labels: {engine: '0'}, value: 3},
    {labels: {engine: '1'}, value: 4},
  ]);
});

test('comments, other metrics and lines that are not of the format are passed over', () => {
  const text = ['# HELP a 1', '# TYPE a gauge', '', 'b 2', 'a', 'a{x="y" 3', '<html>a 4</html>', 'a 5'].join('\n');
  expect([...parsePrometheus(text, new Set(['a']))]).toEqual([['a', [{labels: {}, value: 5}]]]);
  expect(read('# nothing')).toBeUndefined();
});
