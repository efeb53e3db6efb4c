/**
 * Holm's step-down adjustment: the smallest p-value times m, the next times m − 1, …, never below an earlier one and at
 * most 1. Controls the chance of any false discovery without assumptions on how the tests depend on each other.
 *
 * @returns adjusted values in the order given.
 * Source: Holm 1979, Scand. J. Statist. 6:65.
 */
export function holm(pValues: readonly number[]): number[] {
  const order = pValues.map((p, index) => ({p, index})).sort((a, b) => a.p - b.p);
  const adjusted = new Array<number>(pValues.length);
  let floor = 0;
  for (const [rank, {p, index}] of order.entries()) {
    floor = Math.max(floor, Math.min(1, p * (pValues.length - rank)));
    adjusted[index] = floor;
  }
  return adjusted;
}
