import {readFileSync} from 'node:fs';
import {resolve} from 'node:path';
import {expect, test} from 'vitest';

import {figureMarkdown} from '../../../src/analyze/figures/figures.ts';

test('docs/report.md lists the figures that there are', () => {
  const page = readFileSync(resolve(import.meta.dirname, '../../../docs/report.md'), 'utf8');
  expect(/<!-- figures: begin -->\n\n([^]*)\n<!-- figures: end -->/.exec(page)?.[1]).toBe(figureMarkdown());
});
