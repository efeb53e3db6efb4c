/** The fields of a process in /proc/PID/stat (proc(5)) that tell who it is. */
export interface ProcessStat {
  readonly parent: number;
  readonly session: number;
  /** Clock ticks since boot: a pid that was reused has another start. */
  readonly start: string;
}

/** Parses the text of /proc/PID/stat. Returns null for a process that has ended, as a zombie has. */
export function parseProcessStat(text: string): ProcessStat | null {
  // The second field is the program's name in parentheses and may itself contain spaces and parentheses.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state, parent, , session] = fields;
  const start = fields[19];
  if (state === 'Z' || state === 'X' || start === undefined) return null;
  return {parent: Number(parent), session: Number(session), start};
}
