/**
 * Returns a bound that `sequenceRatio` never exceeds: the share of characters that both texts have at all, in any order
 * (difflib's `quick_ratio`).
 */
export function ratioUpperBound(textA: string, textB: string): number {
  const available = new Map<string, number>();
  let lengthA = 0;
  let lengthB = 0;
  let common = 0;
  for (const char of textB) {
    available.set(char, (available.get(char) ?? 0) + 1);
    lengthB++;
  }
  for (const char of textA) {
    lengthA++;
    const left = available.get(char) ?? 0;
    if (left > 0) common++;
    available.set(char, left - 1);
  }
  const total = lengthA + lengthB;
  return total === 0 ? 1 : (2 * common) / total;
}
