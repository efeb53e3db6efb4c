import {readFileSync} from 'node:fs';
import {resolve} from 'node:path';
import {expect, test} from 'vitest';

import {schemaMarkdown} from '../../../src/analyze/tables/schema.ts';

test('docs/tables.md has the columns that there are (mac schema tables prints them)', () => {
  const page = readFileSync(resolve(import.meta.dirname, '../../../docs/tables.md'), 'utf8');
  expect(/<!-- tables: begin -->\n\n([^]*)\n<!-- tables: end -->/.exec(page)?.[1]).toBe(schemaMarkdown());
});
