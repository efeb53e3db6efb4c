import {failureSignature} from '../../core/signature.ts';

/** So many equal refusals from a model that never answered are no trouble of single prompts. */
const MIN_EQUAL_REFUSALS = 10;
/**
 * So many from a model that answered before, of calls that say that the key may not: a permission was taken away
 * meanwhile.
 */
const MIN_EQUAL_REFUSALS_AFTER_ANSWERS = 5;

/**
 * Refusals of one model that may be of the model and not of the prompts: what they end is held back until that is
 * known. When enough are equal the model is to be given up and nothing that was held is recorded; when it answers, each
 * was of its own prompt.
 */
export class EqualRefusals {
  /** Conversations that were refused since the last answer, by what the refusals say. */
  readonly #refused = new Map<string, Set<number>>();
  #held: (() => void)[] = [];
  #hasAnswered = false;

  get hasAnswered(): boolean {
    return this.#hasAnswered;
  }

  /**
   * Counts a refusal; several of one conversation, which has as many agents as it has, are one.
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

  /** Keeps what follows from a refusal until it is known whose it is. */
  hold(then: () => void): void {
    this.#held.push(then);
  }

  /** @returns what was held: to be carried out now, for the refusals were of single prompts. */
  answered(): readonly (() => void)[] {
    this.#hasAnswered = true;
    this.#refused.clear();
    return this.release();
  }

  /** @returns what was held, although nothing is known: nothing else is left to ask. */
  release(): readonly (() => void)[] {
    const held = this.#held;
    this.#held = [];
    return held;
  }
}
