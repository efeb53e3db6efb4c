import type {Axis} from './plan.ts';

/** Returns how many tasks the axes span: the product of their sizes. */
export function countTasks(axes: readonly Pick<Axis, 'values'>[]): number {
  return axes.reduce((product, {values}) => product * values.length, 1);
}

/** Returns the position of a task on each axis; the last axis varies fastest. */
export function toDigits(axes: readonly Pick<Axis, 'values'>[], index: number): number[] {
  const digits = new Array<number>(axes.length).fill(0);
  let rest = index;
  for (let i = axes.length - 1; i >= 0; i--) {
    const radix = axes[i]?.values.length ?? 1;
    digits[i] = rest % radix;
    rest = Math.floor(rest / radix);
  }
  return digits;
}

/** Returns the number of the task at these positions. */
export function toTaskNumber(axes: readonly Pick<Axis, 'values'>[], digits: readonly number[]): number {
  return axes.reduce((index, {values}, i) => index * values.length + (digits[i] ?? 0), 0);
}

/** Returns how many tasks pass before an axis moves on. */
export function computeStride(axes: readonly Pick<Axis, 'values'>[], position: number): number {
  return countTasks(axes.slice(position + 1));
}

/** Returns axis name → value of a task; of axes with one name the last counts. */
export function sweepSpecs(
  axes: readonly Pick<Axis, 'name' | 'values'>[],
  digits: readonly number[],
): Record<string, unknown> {
  return Object.fromEntries(axes.map(({name, values}, i) => [name, values[digits[i] ?? 0]]));
}
