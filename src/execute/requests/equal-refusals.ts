import {failureSignature} from '../../core/signature.ts';

/** So many equal refusals from a model that never answered cannot be due to single prompts. */
const MIN_EQUAL_REFUSALS = 10;
/** So many refusals of the key by a model that answered before mean that a permission was withdrawn. */
const MIN_EQUAL_REFUSALS_AFTER_ANSWERS = 5;

/**
 * Counts refusals that may be due to the model and not to the prompts; what follows from them is held back until that
 * is known. When enough are equal, the model must be given up and nothing that was held is recorded; when it answers,
 * each refusal was due to its own prompt.
 */
export class EqualRefusals {
  /** Conversations that were refused since the last answer, by the failure signature of the refusals. */
  readonly #refused = new Map<string, Set<number>>();
  #held: (() => void)[] = [];
  #hasAnswered = false;

  get hasAnswered(): boolean {
    return this.#hasAnswered;
  }

  /**
   * Counts a refusal; those of several agents of one conversation count once.
   *
   * @returns how many conversations were refused alike, once they are enough to give the model up; else null.
   */
  add(conversation: number, message: string): number | null {
    const signature = failureSignature(message);
    const conversations = this.#refused.get(signature) ?? new Set();
    this.#refused.set(signature, conversations.add(conversation));
    return conversations.size >= (this.#hasAnswered ? MIN_EQUAL_REFUSALS_AFTER_ANSWERS : MIN_EQUAL_REFUSALS)
      ? conversations.size
      : null;
  }

  /** Holds back what follows from a refusal until its cause is known. */
  hold(then: () => void): void {
    this.#held.push(then);
  }

  /** Notes an answer. Returns what was held, for the caller to run: the refusals were due to single prompts. */
  answered(): readonly (() => void)[] {
    this.#hasAnswered = true;
    this.#refused.clear();
    return this.release();
  }

  /** Returns what was held although the cause is unknown, because no call is left that could tell. */
  release(): readonly (() => void)[] {
    const held = this.#held;
    this.#held = [];
    return held;
  }
}
