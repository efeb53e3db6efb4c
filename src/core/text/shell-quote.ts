/**
 * One word of shell text, as data: bash and sbatch (in `#SBATCH` lines) both read it back as exactly this text. Inside
 * single quotes bash takes a backslash for itself, sbatch takes it as an escape; outside of quotes both take `\\` and
 * `\'` as the character. Plain words stay as they are, so that people can read them, and so does the `NAME=` or
 * `--option=` at the beginning of one.
 *
 * @param word without NUL, which no shell can hold.
 */
export function shellQuote(word: string): string {
  const [prefix = ''] = /^(?:--)?[A-Za-z_][\w-]*=/.exec(word) ?? [];
  const rest = word.slice(prefix.length);
  if (rest === '' ? prefix !== '' : /^[\w./:@%+=,-]+$/.test(rest)) return word;
  if (rest === '') return "''";
  const parts = rest.split(/(['\\])/).map(part => (part === "'" || part === '\\' ? `\\${part}` : part && `'${part}'`));
  return prefix + parts.join('');
}
