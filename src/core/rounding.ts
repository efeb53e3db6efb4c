/**
 * Python's `round(value, digits)`: to the nearest, ties to even, decided on the exact binary value (so 0.125 → 0.12,
 * 2.675 → 2.67, and 0.625 → 0.62). `toFixed` and `Math.round` decide ties otherwise.
 */
export function roundHalfEven(value: number, digits: number): number {
  if (!Number.isFinite(value)) return value;
  // toFixed is exact on the binary value but rounds ties away from zero; only true ties need care. A double is a tie at
  // `digits` only if it has exactly one more decimal digit, a 5.
  const rounded = Number(value.toFixed(digits));
  const more = value.toFixed(Math.min(100, digits + 30));
  const tail = more.slice(more.indexOf('.') + 1 + digits);
  if (!/^50*$/.test(tail)) return rounded;
  const lower = Number(more.slice(0, more.indexOf('.') + 1 + digits));
  const lastDigit = Number(more[digits === 0 ? more.indexOf('.') - 1 : more.indexOf('.') + digits]);
  return lastDigit % 2 === 0 ? lower : rounded;
}
