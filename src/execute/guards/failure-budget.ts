/** A share of fewer conversations says nothing. */
const MIN_CONVERSATIONS = 20;

/** How many conversations of a run may fail before it is stopped (`--fail-after`). Shared by all packs of a run. */
export class FailureBudget {
  readonly #limit: number | undefined;
  #ended = 0;
  #failed = 0;

  /** @param limit a number of conversations from 1, a share of those that ended below 1; undefined for no limit. */
  constructor(limit: number | undefined) {
    this.#limit = limit;
  }

  /** @returns why the run is to stop, once too many failed. */
  add(isFailure: boolean): string | null {
    this.#ended++;
    if (!isFailure || this.#limit === undefined) return null;
    this.#failed++;
    const [ended, failed] = [this.#ended, this.#failed];
    if (this.#limit >= 1) {
      return failed >= this.#limit ? `--fail-after ${this.#limit}: ${failed} conversations failed` : null;
    }
    if (ended < MIN_CONVERSATIONS || failed / ended <= this.#limit) return null;
    return `--fail-after ${this.#limit}: ${failed} of ${ended} conversations failed`;
  }
}
