/** The middle of some measurements. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** One line: what was measured, how it compares with what, and whether that is within the limit. */
export function report(
  what: string,
  value: number,
  unit: string,
  limit: {readonly value: number; readonly name: string; readonly atLeast?: boolean},
): void {
  const ratio = value / limit.value;
  const isMet = limit.atLeast === true ? ratio >= 1 : ratio <= 1;
  const comparison = `${ratio.toFixed(3)} × ${limit.name} (${limit.atLeast === true ? 'at least' : 'at most'} ${round(limit.value)} ${unit})`;
  console.log(`${isMet ? '  ok  ' : '  MISS'} ${what}: ${round(value)} ${unit} = ${comparison}`);
}

function round(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
