/** The result of measuring a run. */
export interface Measures {
  /** Members of the evaluation's JSON. */
  readonly payload: Readonly<Record<string, unknown>>;
  /** Flat metrics that conditions are compared by; finite numbers only. */
  readonly aggregated: Readonly<Record<string, number>>;
}
