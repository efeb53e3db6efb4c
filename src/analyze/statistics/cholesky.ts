/** Below this share of its original size a pivot counts as zero: a column is a combination of the others. */
const SINGULAR = 1e-10;

/**
 * Returns the inverse of a symmetric positive definite matrix by Cholesky's decomposition.
 *
 * @returns undefined for a singular one.
 * Source: Golub & Van Loan, Matrix Computations, §4.2.
 */
export function choleskyInverse(matrix: readonly (readonly number[])[]): number[][] | undefined {
  const lower = decompose(matrix);
  if (!lower) return undefined;
  const columns = matrix.map((_, i) => solve(lower, i));
  return matrix.map((_, row) => columns.map(column => column[row] ?? NaN));
}

function decompose(matrix: readonly (readonly number[])[]): number[][] | undefined {
  const lower = matrix.map(() => new Array<number>(matrix.length).fill(0));
  for (const [i, row] of lower.entries()) {
    for (let j = 0; j <= i; j++) {
      const original = matrix[i]?.[j] ?? NaN;
      let rest = original;
      for (let k = 0; k < j; k++) rest -= (row[k] ?? 0) * (lower[j]?.[k] ?? 0);
      if (i !== j) {
        row[j] = rest / (lower[j]?.[j] ?? NaN);
      } else {
        if (!(rest > SINGULAR * original)) return undefined;
        row[i] = Math.sqrt(rest);
      }
    }
  }
  return lower;
}

/** Returns the solution of L·Lᵀ·x = e_unit. */
function solve(lower: readonly (readonly number[])[], unit: number): number[] {
  const size = lower.length;
  const y = new Array<number>(size).fill(0);
  for (let i = 0; i < size; i++) {
    let rest = i === unit ? 1 : 0;
    for (let k = 0; k < i; k++) rest -= (lower[i]?.[k] ?? 0) * (y[k] ?? 0);
    y[i] = rest / (lower[i]?.[i] ?? NaN);
  }
  const x = new Array<number>(size).fill(0);
  for (let i = size - 1; i >= 0; i--) {
    let rest = y[i] ?? 0;
    for (let k = i + 1; k < size; k++) rest -= (lower[k]?.[i] ?? 0) * (x[k] ?? 0);
    x[i] = rest / (lower[i]?.[i] ?? NaN);
  }
  return x;
}
