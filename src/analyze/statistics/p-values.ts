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

/**
 * The exact two-sided McNemar test of paired yes/no answers: the pairs that differ fall to either side with probability
 * ½. Takes no account of clusters; `testLinearised` of the difference does.
 *
 * @param onlyFirst pairs in which only the first answer is right. @param onlySecond the reverse.
 * Source: McNemar 1947 (Psychometrika 12:153), exact by the binomial distribution.
 */
export function mcnemarExact(onlyFirst: number, onlySecond: number): number {
  const n = onlyFirst + onlySecond;
  const fewer = Math.min(onlyFirst, onlySecond);
  let logChoose = 0;
  let tail = 0;
  for (let k = 0; k <= fewer; k++) {
    if (k > 0) logChoose += Math.log((n - k + 1) / k);
    tail += Math.exp(logChoose - n * Math.LN2);
  }
  return Math.min(1, 2 * tail);
}
