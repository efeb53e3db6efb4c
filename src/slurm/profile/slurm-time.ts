/**
 * Reads a time limit as sbatch takes it (`MIN`, `MIN:SEC`, `HH:MM:SS`, `D-HH`, `D-HH:MM`, `D-HH:MM:SS`) in minutes,
 * rounded up as Slurm does; Infinity for `UNLIMITED`, `INFINITE` and 0, which mean the same to it.
 *
 * @returns undefined when the text is no such time, also where minutes after hours, or seconds, are above 59.
 */
export function parseSlurmTime(text: string): number | undefined {
  if (/^(?:unlimited|infinite)$/i.test(text)) return Infinity;
  const match = /^(?:(\d{1,5})-)?(\d{1,9})(?::(\d{1,3}))?(?::(\d{1,3}))?$/.exec(text);
  if (!match) return undefined;
  const [days, a, b, c] = match
    .slice(1)
    .map((part: string | undefined) => (part === undefined ? undefined : Number(part)));
  // `90` minutes are a time, `1:90` is a slip: sbatch would take it for 2 minutes and a half.
  if ((b ?? 0) > 59 || (c ?? 0) > 59) return undefined;
  const seconds = toSeconds(days, a ?? 0, b, c);
  return seconds === 0 ? Infinity : Math.ceil(seconds / 60);
}

function toSeconds(days: number | undefined, a: number, b: number | undefined, c: number | undefined): number {
  if (days !== undefined) return ((days * 24 + a) * 60 + (b ?? 0)) * 60 + (c ?? 0);
  if (c !== undefined) return (a * 60 + (b ?? 0)) * 60 + c;
  return a * 60 + (b ?? 0);
}

/** Writes minutes as `D-HH:MM:SS`, or `HH:MM:SS` below a day; rounded up. */
export function formatSlurmTime(minutes: number): string {
  if (minutes === Infinity) return 'UNLIMITED';
  const whole = Math.ceil(minutes);
  const two = (value: number): string => String(value).padStart(2, '0');
  const days = Math.floor(whole / 1440);
  return `${days > 0 ? `${days}-` : ''}${two(Math.floor(whole / 60) % 24)}:${two(whole % 60)}:00`;
}
