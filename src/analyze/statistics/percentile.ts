/**
 * The p-th quantile (0 ≤ p ≤ 1) of sorted values, linear between neighbours: h = (n − 1)p, as R's type 7 and NumPy's default.
 *
 * @param sorted ascending; at least one.
 * Source: Hyndman & Fan 1996, definition 7.
 */
export function percentile(sorted: ArrayLike<number>, p: number): number {
  const h = (sorted.length - 1) * p;
  const below = Math.floor(h);
  const low = sorted[below] ?? NaN;
  const high = sorted[Math.min(below + 1, sorted.length - 1)] ?? NaN;
  return low + (h - below) * (high - low);
}

/**
 * The same of values in any order, which it reorders as far as it must: of ten thousand draws two neighbours are looked for, and sorting all of them costs several
 * times as much.
 *
 * @param values at least one; none is NaN.
 */
export function percentileOf(values: Float64Array, p: number): number {
  const below = Math.floor((values.length - 1) * p);
  putInPlace(values, below);
  if (below + 1 < values.length) putLeast(values, below + 1);
  return percentile(values, p);
}

/** Hoare's selection: afterwards the value at `place` is the one that sorting would put there, smaller ones stand before it and larger ones behind. */
function putInPlace(values: Float64Array, place: number): void {
  let [left, right] = [0, values.length - 1];
  while (left < right) {
    const pivot = values[(left + right) >> 1] ?? NaN;
    let [i, j] = [left, right];
    while (i <= j) {
      while ((values[i] ?? NaN) < pivot) i++;
      while ((values[j] ?? NaN) > pivot) j--;
      if (i > j) break;
      [values[i], values[j]] = [values[j] ?? NaN, values[i] ?? NaN];
      i++;
      j--;
    }
    if (place <= j) right = j;
    else if (place >= i) left = i;
    else return;
  }
}

/** Puts the least of the values from `place` on there. */
function putLeast(values: Float64Array, place: number): void {
  let least = place;
  for (let i = place; i < values.length; i++) if ((values[i] ?? NaN) < (values[least] ?? NaN)) least = i;
  [values[place], values[least]] = [values[least] ?? NaN, values[place] ?? NaN];
}
