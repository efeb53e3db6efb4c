/** A share of fewer conversations means nothing. */
const MIN_CONVERSATIONS = 20;

/** Counts failed conversations until there are too many (`--fail-after`). Shared by all packs of a run. */
export class FailureBudget {
  readonly #limit: number | undefined;
  #ended = 0;
  #failed = 0;

  /** @param limit from 1 a number of conversations, below 1 a share of those that ended; undefined for no limit. */
  constructor(limit: number | undefined) {
    this.#limit = limit;
  }

  /** Counts a conversation that ended. Returns why the run must stop once too many failed, else null. */
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
