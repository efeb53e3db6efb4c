import fc from 'fast-check';
import {describe, expect, it} from 'vitest';

import {compressIndices, compressRuns, parseArraySpec, listElements} from '../../src/slurm/submission/array-spec.ts';
import {splitIntoArrays, shareThrottle} from '../../src/slurm/submit/split-arrays.ts';

const ascending = (max: number) =>
  fc.uniqueArray(fc.nat({max}), {minLength: 1, maxLength: 300}).map(values => values.sort((a, b) => a - b));

/** Packs of consecutive wanted tasks, as a plan makes them. */
const packed = fc.tuple(ascending(5_000), fc.integer({min: 1, max: 5})).map(([tasks, size]) => {
  const packs: number[][] = [];
  for (let start = 0; start < tasks.length; start += size) packs.push(tasks.slice(start, start + size));
  return packs;
});

describe('an array specification', () => {
  it.each([
    [[0, 1, 2, 3, 4, 7, 9, 12], '0-4,7,9,12'],
    [[0, 1, 2, 3, 4, 7, 9, 12, 15], '0-4,7-9:2,12,15'],
    [[9, 12, 15], '9-15:3'],
    [[3], '3'],
    [[3, 4], '3-4'],
    [[3, 7], '3,7'],
  ])('writes %j short', (indices, spec) => {
    expect(parseArraySpec(compressIndices(indices))).toEqual(indices);
    expect(compressIndices(indices).length).toBeLessThanOrEqual(spec.length);
  });

  it('reads what was compressed', () => {
    fc.assert(
      fc.property(ascending(2_000), indices => {
        expect(parseArraySpec(compressIndices(indices))).toEqual(indices);
      }),
    );
  });

  it('has no steps where scancel reads it', () => {
    fc.assert(
      fc.property(ascending(2_000), indices => {
        expect(compressRuns(indices)).not.toContain(':');
        expect(parseArraySpec(compressRuns(indices))).toEqual(indices);
      }),
    );
  });

  it('is never longer than the plain list', () => {
    fc.assert(
      fc.property(ascending(400), indices => {
        expect(compressIndices(indices).length).toBeLessThanOrEqual(indices.join(',').length);
      }),
    );
  });
});

describe('splitting into arrays', () => {
  it('gives every task to exactly one element, whose index is below MaxArraySize', () => {
    fc.assert(
      fc.property(
        packed,
        fc.integer({min: 1, max: 400}),
        fc.option(fc.integer({min: 1, max: 400}), {nil: undefined}),
        (packs, maxArraySize, submitLimit) => {
          const arrays = splitIntoArrays(packs, {maxArraySize, submitLimit});
          const elements = arrays.flatMap(({tasks}) => listElements(tasks));
          expect(elements.map(({tasks}) => tasks)).toEqual(packs);
          for (const {element} of elements) expect(element).toBeLessThan(maxArraySize);
          for (const array of arrays) {
            expect(listElements(array.tasks)).toHaveLength(array.elements);
            expect(array.elements).toBeLessThanOrEqual(Math.min(maxArraySize, submitLimit ?? Infinity));
            expect(array.tasks.spec.length).toBeLessThanOrEqual(4_000);
          }
          expect(arrays).toHaveLength(Math.ceil(packs.length / Math.min(maxArraySize, submitLimit ?? Infinity)));
        },
      ),
    );
  });

  it('keeps the numbers of tasks while they fit, and counts from an offset after that', () => {
    const packs = Array.from({length: 2_500}, (_, task) => [task]);
    expect(splitIntoArrays(packs, {maxArraySize: 1001}).map(({tasks}) => tasks)).toEqual([
      {spec: '0-1000', offset: 0},
      {spec: '0-1000', offset: 1001},
      {spec: '0-497', offset: 2002},
    ]);
  });

  it('lists tasks that lie too far apart, or whose list would be too long for a line', () => {
    expect(splitIntoArrays([[3], [900_000]], {maxArraySize: 1001}).map(({tasks}) => tasks)).toEqual([
      {spec: '0-1', offset: 0, packs: [[3], [900_000]]},
    ]);
    const scattered = Array.from({length: 3_000}, (_, i) => [2 * i + ((i * i) % 7 < 3 ? 1 : 0)]);
    const [array] = splitIntoArrays(scattered, {maxArraySize: 10_001});
    expect(array?.tasks).toMatchObject({spec: '0-2999', packs: scattered});
  });
});

describe('a throttle shared among arrays', () => {
  it('never lets more elements run at once than it says, and leaves no array without', () => {
    const sizes = fc.array(fc.integer({min: 1, max: 2_000}), {minLength: 1, maxLength: 30});
    fc.assert(
      fc.property(sizes, fc.integer({min: 1, max: 60}), (arrays, throttle) => {
        const shares = shareThrottle(arrays, throttle);
        // Arrays of one chain run one after the other: what counts is the largest share of each chain.
        const chains = new Map<number, number>();
        const chainOf: number[] = [];
        for (const [i, {after, throttle: share = Infinity}] of shares.entries()) {
          expect(after ?? -1).toBeLessThan(i);
          chainOf.push(after === undefined ? i : chainOf[after]!);
          chains.set(chainOf[i]!, Math.max(chains.get(chainOf[i]!) ?? 0, share));
          expect(share).toBeGreaterThanOrEqual(1);
        }
        const total = [...chains.values()].reduce((sum, share) => sum + share, 0);
        const elements = arrays.reduce((sum, size) => sum + size, 0);
        expect(total).toBeLessThanOrEqual(throttle);
        if (arrays.length <= throttle) expect(total).toBe(Math.min(throttle, elements));
      }),
    );
  });

  it('shares in proportion', () => {
    expect(shareThrottle([1000, 1000, 500], 10).map(({throttle}) => throttle)).toEqual([4, 4, 2]);
    expect(shareThrottle([5, 5], undefined)).toEqual([
      {throttle: undefined, after: undefined},
      {throttle: undefined, after: undefined},
    ]);
  });
});
