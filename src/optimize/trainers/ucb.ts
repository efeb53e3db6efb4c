/** Returns the upper confidence bound of a mean (UCB1, Auer et al. 2002): mean + c·sqrt(ln T / n). */
export function upperBound(mean: number, count: number, total: number, factor: number): number {
  return count === 0 ? Infinity : mean + factor * Math.sqrt(Math.log(Math.max(1, total)) / count);
}
