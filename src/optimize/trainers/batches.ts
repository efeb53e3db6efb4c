import type {Random} from '../../core/seeds/random.ts';
import {shuffle} from '../../core/seeds/shuffle.ts';
import {allOf} from './search.ts';

/** Batches of examples, epoch after epoch, each in an order that the seed decides. */
export class Batches {
  readonly #size: number;
  readonly #batch: number;
  readonly #random: Random;
  #left: number[] = [];
  #epochs = 0;

  constructor(size: number, batch: number, random: Random) {
    this.#size = size;
    this.#batch = Math.min(batch, size);
    this.#random = random;
  }

  /** Number of times that all examples have been given out. */
  get epochs(): number {
    return this.#epochs;
  }

  /** Number of batches in which all examples are given out once. */
  get perEpoch(): number {
    return Math.ceil(this.#size / this.#batch);
  }

  /** Returns the next batch; the last of an epoch may be smaller. */
  next(): number[] {
    if (this.#left.length === 0) this.#left = shuffle(allOf(this.#size), this.#random);
    const batch = this.#left.splice(0, this.#batch);
    if (this.#left.length === 0) this.#epochs++;
    return batch;
  }
}

/** Draws different numbers below a size. */
export function drawSubset(size: number, count: number, random: Random): number[] {
  return shuffle(allOf(size), random)
    .slice(0, count)
    .sort((a, b) => a - b);
}
