import {axesThatChange} from './enumerate.ts';
import type {Plan} from './plan.ts';
import {computeStride} from './task-numbers.ts';

/** A function of the task number that is worked out once for each combination of the axes that can change it. */
export interface Tabulated<T> {
  readonly at: (index: number) => T;
  /** True if it is the same for every task. */
  readonly isConstant: boolean;
}

/**
 * Looks at one task for each combination of the axes that can change what a test of paths picks out, when a task of
 * that combination is first asked for.
 *
 * @param evaluate the value of a task; of any task with the same positions on those axes.
 */
export function tabulate<T>(
  plan: Plan,
  isRelevant: (path: string) => boolean,
  evaluate: (index: number) => T,
): Tabulated<T> {
  const axes = axesThatChange(plan, isRelevant);
  const wheels = axes.map(i => ({divisor: computeStride(plan.axes, i), radix: plan.axes[i]?.values.length ?? 1}));
  const known = new Map<number, T>();
  const at = (index: number): T => {
    let combination = 0;
    for (const {divisor, radix} of wheels) combination = combination * radix + (Math.floor(index / divisor) % radix);
    if (known.has(combination)) return known.get(combination) as T;
    const value = evaluate(index);
    known.set(combination, value);
    return value;
  };
  return {at, isConstant: axes.length === 0};
}
