import fc from 'fast-check';
import {describe, expect, test} from 'vitest';

import {Heap} from '../../src/schedule/heap.ts';

function drain<T>(heap: Heap<T>): T[] {
  const items: T[] = [];
  while (heap.size > 0) items.push(heap.pop() as T);
  return items;
}

describe('a heap', () => {
  test('gives back all that was put in, least first, also when pushes and pops mix', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.integer({min: 0, max: 9}))), steps => {
        const heap = new Heap<number>((a, b) => a - b);
        const kept: number[] = [];
        for (const step of steps) {
          if (step === null) {
            kept.sort((a, b) => a - b);
            expect(heap.pop()).toBe(kept.shift());
          } else {
            heap.push(step);
            kept.push(step);
          }
        }
        expect(drain(heap)).toEqual(kept.sort((a, b) => a - b));
      }),
    );
  });

  test('stays in order when some are taken out, and when its order turns', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({min: 0, max: 99})), numbers => {
        let sign = 1;
        const heap = new Heap<number>((a, b) => sign * (a - b));
        for (const number of numbers) heap.push(number);
        expect(heap.remove(number => number % 2 === 1).length).toBe(numbers.filter(number => number % 2 === 1).length);
        sign = -1;
        heap.rebuild();
        expect(drain(heap)).toEqual(numbers.filter(number => number % 2 === 0).sort((a, b) => b - a));
      }),
    );
  });

  test('leaves equals in the order of heapq, which the older system inherits', () => {
    // Python: h = []; [heappush(h, E(0, n)) for n in "abcdefg"]; [heappop(h).name for _ in range(7)], compared by the
    // number only.
    const heap = new Heap<string>(() => 0);
    for (const name of 'abcdefg') heap.push(name);
    expect(drain(heap).join('')).toBe('acfgebd');
  });
});
