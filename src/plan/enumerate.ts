import {overlaps} from './path.ts';
import type {Plan} from './plan.ts';
import {toTaskNumber} from './task-numbers.ts';

/**
 * Task numbers that show every value of every axis once, the other axes at their first: the sum of the sizes, not their
 * product.
 *
 * @param axes positions in `plan.axes`; only their values, if given.
 */
export function representativeTasks(plan: Plan, axes: Iterable<number> = plan.axes.keys()): number[] {
  if (plan.size === 0) return [];
  const tasks = new Set([0]);
  for (const axis of axes) {
    const values = plan.axes[axis]?.values ?? [];
    const digits = new Array<number>(plan.axes.length).fill(0);
    for (digits[axis] = 1; digits[axis] < values.length; digits[axis]++) tasks.add(toTaskNumber(plan.axes, digits));
  }
  return [...tasks];
}

/** Returns the axes that can change a value that one of these tests picks out, directly or through derive rules. */
export function axesThatChange(plan: Plan, isRelevant: (path: string) => boolean): number[] {
  const relevant = new Set<string>();
  const matters = (path: string): boolean => isRelevant(path) || [...relevant].some(other => overlaps(path, other));
  // Rules run in order and may read what earlier ones wrote: walk them backwards.
  for (const {path, reads} of [...plan.derived].reverse()) {
    if (matters(path)) for (const read of reads) relevant.add(read);
  }
  return [...plan.axes.keys()].filter(i => plan.axes[i]?.paths.some(matters));
}

/**
 * One task for each combination of some axes, with how many tasks share it.
 *
 * @param axes positions in `plan.axes`.
 */
export function* enumerateCombinations(plan: Plan, axes: readonly number[]): Generator<{index: number; tasks: number}> {
  if (plan.size === 0) return;
  const sizes = axes.map(i => plan.axes[i]?.values.length ?? 1);
  const combinations = sizes.reduce((product, size) => product * size, 1);
  for (let n = 0; n < combinations; n++) {
    const digits = new Array<number>(plan.axes.length).fill(0);
    let rest = n;
    for (let i = axes.length - 1; i >= 0; i--) {
      const size = sizes[i] ?? 1;
      digits[axes[i] ?? 0] = rest % size;
      rest = Math.floor(rest / size);
    }
    yield {index: toTaskNumber(plan.axes, digits), tasks: plan.size / combinations};
  }
}

/** Above this, look at one task for every value of every axis, not at every combination. */
const MAX_COMBINATIONS = 2_000;

/** Returns tasks that show all that the axes can do to the paths that a test picks out. */
export function tasksThatMatter(plan: Plan, isRelevant: (path: string) => boolean): number[] {
  const axes = axesThatChange(plan, isRelevant);
  const combinations = axes.reduce((product, i) => product * (plan.axes[i]?.values.length ?? 1), 1);
  if (combinations > MAX_COMBINATIONS) return representativeTasks(plan, axes);
  return [...enumerateCombinations(plan, axes)].map(({index}) => index);
}
