/**
 * The x with cdf(x) = p by bisection: slower than a formula, right to the last digits for any increasing distribution
 * function around zero.
 *
 * @param p strictly between 0 and 1.
 * @throws RangeError for another p.
 */
export function invertCdf(cdf: (x: number) => number, p: number): number {
  if (!(p > 0 && p < 1)) throw new RangeError(`a quantile needs 0 < p < 1, got ${p}`);
  let low = -1;
  let high = 1;
  while (cdf(low) > p) low *= 2;
  while (cdf(high) < p) high *= 2;
  for (let step = 0; step < 200; step++) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) break;
    if (cdf(middle) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
