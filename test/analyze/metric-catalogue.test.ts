import {readFileSync} from 'node:fs';
import {resolve} from 'node:path';
import {expect, test} from 'vitest';

import {metricCatalogue, metricMarkdown} from '../../src/analyze/metrics/catalogue.ts';

const PAGE = readFileSync(resolve(import.meta.dirname, '../../docs/metrics.md'), 'utf8');

test('docs/metrics.md has the metrics that there are (mac schema metrics prints them)', () => {
  expect(/<!-- metrics: begin -->\n\n([^]*)\n<!-- metrics: end -->/.exec(PAGE)?.[1]).toBe(metricMarkdown());
});

test('what docs/metrics.md has a formula for is a metric', () => {
  const ids = new Set(metricCatalogue().map(({id}) => id));
  const [formulas = ''] = PAGE.split('## Intervals');
  const described = [...formulas.matchAll(/^\| (`[^|]*) \|/gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`([a-z_]+)`/g)].map(([, id = '']) => id),
  );
  expect(described.length).toBeGreaterThan(30);
  // `consensus_correct`, `_wrong` stand for more of the same.
  expect(described.filter(id => !id.startsWith('_') && !ids.has(id))).toEqual([]);
});

test('every metric is listed once and says what it is', () => {
  const listed = metricCatalogue();
  expect(new Set(listed.map(({id}) => id)).size).toBe(listed.length);
  expect(listed.filter(({label, benchmarks}) => label === '' || benchmarks.length === 0)).toEqual([]);
});
