/** English words of 0 to 19. */
export const UNITS: readonly string[] =
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'.split(
    ' ',
  );

/** English words of the tens from twenty on. */
export const TENS: readonly string[] = 'twenty thirty forty fifty sixty seventy eighty ninety'.split(' ');

/** Writes a whole number below 1,000 in English words: `three`, `twenty-one`, `one hundred and two`. */
export function numberWords(value: number): string {
  if (value < 20) return UNITS[value] ?? String(value);
  if (value < 100) {
    const unit = value % 10;
    const tens = TENS[Math.floor(value / 10) - 2] ?? '';
    return unit === 0 ? tens : `${tens}-${UNITS[unit] ?? ''}`;
  }
  if (value >= 1000) return String(value);
  const rest = value % 100;
  const hundreds = `${UNITS[Math.floor(value / 100)] ?? ''} hundred`;
  return rest === 0 ? hundreds : `${hundreds} and ${numberWords(rest)}`;
}
