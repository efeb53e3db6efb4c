import {expect, test} from 'vitest';

import {findMount, isShared} from '../../../src/record/doctor/check-space.ts';

const TABLE = String.raw`
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 22 0:40 / /home rw shared:2 - nfs4 server:/home rw
31 22 0:41 / /data\040sets rw - lustre mds:/data rw
32 30 0:42 / /home/scratch rw - xfs /dev/sdb1 rw
33 30 0:43 / /home/scratch rw master:1 - tmpfs tmpfs rw
`;

test.each([
  ['/home/me/work', {point: '/home', kind: 'nfs4'}],
  ['/homes/me', {point: '/', kind: 'ext4'}],
  ['/data sets/bbq', {point: '/data sets', kind: 'lustre'}],
  ['/home/scratch', {point: '/home/scratch', kind: 'tmpfs'}],
])('%s is on the innermost mount, and of several in one place on the last', (path, mount) => {
  expect(findMount(TABLE, path)).toEqual(mount);
});

test('without a table of mounts the kind is unknown', () => {
  expect(findMount('', '/home')).toEqual({point: '/', kind: 'unknown'});
});

test.each([
  ['nfs', true],
  ['nfs4', true],
  ['lustre', true],
  ['fuse.sshfs', true],
  ['ext4', false],
  ['tmpfs', false],
  ['unknown', false],
])('other machines see %s: %j', (kind, shared) => {
  expect(isShared({point: '/', kind})).toBe(shared);
});
