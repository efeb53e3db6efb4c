type Axes = Readonly<Record<string, readonly unknown[]>>;

/** One value of each axis. */
export type Combination<A extends Axes> = {readonly [Name in keyof A]: A[Name][number]};

/**
 * Returns what a function makes of every combination of values; the last axis varies fastest.
 *
 * @param axes lists of values by name, e.g. `{model: ['a', 'b'], setting: ['full', 'none']}`.
 */
export function crossCases<const A extends Axes, Case>(axes: A, make: (combination: Combination<A>) => Case): Case[] {
  let combinations: Readonly<Record<string, unknown>>[] = [{}];
  for (const [name, values] of Object.entries(axes)) {
    combinations = combinations.flatMap(rest => values.map(value => ({...rest, [name]: value})));
  }
  return combinations.map(combination => make(combination as Combination<A>));
}
