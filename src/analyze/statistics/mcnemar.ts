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
