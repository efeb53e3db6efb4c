import {expect, test} from 'vitest';

import {findAmongKinds, type NameKind} from '../../src/core/text/find-by-name.ts';

/** Kinds that list these names, and the positions of those that were asked. */
function makeKinds(...names: readonly (readonly string[])[]): {kinds: NameKind<string>[]; asked: number[]} {
  const asked: number[] = [];
  const kinds = names.map((list, i) => ({
    list: () => {
      asked.push(i);
      return Promise.resolve(list);
    },
    getNames: (item: string) => [item],
  }));
  return {kinds, asked};
}

test('the first kind with a match decides, and later ones are not even listed', async () => {
  const {kinds, asked} = makeKinds(['x'], ['ab', 'ac', 'b'], ['a']);
  expect((await findAmongKinds('a', kinds, 'kind')).items).toEqual(['ab', 'ac']);
  expect(asked).toEqual([0, 1]);
});

test('where whole names go first, a beginning counts only when no kind has the whole name', async () => {
  const {kinds, asked} = makeKinds(['ab', 'ac'], ['a', 'a2'], ['a', 'b']);
  const {items, kind} = await findAmongKinds('a', kinds, 'whole-name');
  expect({items, kind}).toEqual({items: ['a'], kind: kinds[1]});
  expect(asked).toEqual([0, 1]);
  expect((await findAmongKinds('a', makeKinds(['ab'], ['ac']).kinds, 'whole-name')).items).toEqual(['ab']);
});

test('a kind may read the name in its own way; nothing begins with an empty name', async () => {
  const {kinds} = makeKinds(['ages']);
  const inFolder = kinds.map(kind => ({...kind, toName: (selector: string) => selector.split('/').at(-1) ?? ''}));
  expect((await findAmongKinds('config/ages', inFolder, 'kind')).items).toEqual(['ages']);
  expect(await findAmongKinds('config/', inFolder, 'kind')).toEqual({items: []});
  expect(await findAmongKinds('config/ages', kinds, 'kind')).toEqual({items: []});
});
