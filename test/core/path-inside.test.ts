import {expect, test} from 'vitest';

import {pathInside} from '../../src/core/path-inside.ts';

test.each([
  ['/home/ada', '/home/ada/demo/x', 'demo/x'],
  ['/home/ada/', '/home/ada/../ada/demo', 'demo'],
  ['/home/ada', '/home/ada', ''],
  ['/', '/home', 'home'],
  ['/home/ada', '/home/ada2/demo', null],
  ['/home/ada', '/home', null],
  ['/home/ada', '/home/ada/..hidden', '..hidden'],
])('in %s, %s is %s', (folder, path, inside) => {
  expect(pathInside(folder, path)).toBe(inside);
});
