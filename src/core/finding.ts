/** One thing that `mac doctor` looked at. */
export interface Finding {
  /** The thing that was looked at, in a few words. */
  readonly check: string;
  /** `warn`: works, but something will be slower, later or harder. `fail`: runs or jobs will fail. */
  readonly status: 'ok' | 'warn' | 'fail';
  readonly found: string;
  /** The way to put it right; of everything that is not ok. */
  readonly advice?: string;
}

export function ok(check: string, found: string): Finding {
  return {check, status: 'ok', found};
}

export function warn(check: string, found: string, advice: string): Finding {
  return {check, status: 'warn', found, advice};
}

export function fail(check: string, found: string, advice: string): Finding {
  return {check, status: 'fail', found, advice};
}
