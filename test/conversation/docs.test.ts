import {readFileSync} from 'node:fs';
import {resolve} from 'node:path';
import {expect, test} from 'vitest';

import {roleTable} from '../../src/conversation/roles/registry.ts';
import {routingTable} from '../../src/conversation/routing.ts';

test('docs/roles-and-routing.md has the tables of roles and of routing strategies that there are', () => {
  const page = readFileSync(resolve(import.meta.dirname, '../../docs/roles-and-routing.md'), 'utf8');
  expect(page).toContain(`\n\n${roleTable()}\n`);
  expect(page).toContain(`\n\n${routingTable()}\n`);
});
