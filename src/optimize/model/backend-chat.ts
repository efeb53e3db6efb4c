import type {Backend, ChatFailure} from '../../backend/backend.ts';
import type {Clock} from '../../core/clock.ts';
import {seededRandom} from '../../core/seeds/random.ts';
import {seedFrom} from '../../core/seeds/request-seed.ts';
import {retryDelayMs} from '../../schedule/retry-delay.ts';
import {addTokens, ChatError, NO_TOKENS, type Chat, type ChatAnswer, type ChatQuestion} from './chat.ts';

/** Repetitions of a call that failed for the server's reasons. */
const MAX_RETRIES = 5;
const MAX_TOKENS = 4096;
const TEMPERATURE = 0.7;

export interface BackendChatOptions {
  readonly backend: Backend;
  readonly seed: number;
  readonly clock: Clock;
}

/** Asks a model through one of our backends. The seed of a request follows from the job's and the question's name. */
export class BackendChat implements Chat {
  readonly #options: BackendChatOptions;
  #used = NO_TOKENS;

  constructor(options: BackendChatOptions) {
    this.#options = options;
  }

  get used() {
    return this.#used;
  }

  async ask(question: ChatQuestion): Promise<ChatAnswer> {
    const {backend, clock, seed} = this.#options;
    const random = seededRandom(`mac.optimize/retry/${seed}/${question.name}`);
    for (let attempt = 0; ; attempt++) {
      const outcome = await backend.complete(this.#request(question, attempt), question.signal);
      if (outcome.kind === 'reply') {
        const tokens = addTokens(NO_TOKENS, {prompt: outcome.promptTokens, completion: outcome.responseTokens});
        this.#used = addTokens(this.#used, tokens);
        return {text: outcome.text, tokens};
      }
      if (!outcome.retryable || attempt >= MAX_RETRIES) throw new ChatError(describeFailure(outcome));
      const {retryAfterMs} = outcome;
      const wait = retryDelayMs({attempt, random, ...(retryAfterMs === undefined ? {} : {retryAfterMs})});
      await clock.sleep(wait, question.signal);
    }
  }

  async close(): Promise<void> {
    await this.#options.backend.close();
  }

  #request({system, user, name, maxTokens = MAX_TOKENS}: ChatQuestion, attempt: number) {
    const {seed} = this.#options;
    const requestSeed = seedFrom(['mac.optimize/1', seed, name]);
    return {
      requestId: `optimize/${seed}/${name}/0/0.${attempt}`,
      system,
      user,
      sampling: {temperature: TEMPERATURE, max_tokens: maxTokens, seed: requestSeed},
    };
  }
}

function describeFailure({error, hint, reason}: ChatFailure): string {
  const {message} = error;
  return `the model cannot be asked (${reason}): ${message}${hint === undefined ? '' : `; ${hint}`}`;
}
