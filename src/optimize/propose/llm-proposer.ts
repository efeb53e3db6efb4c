import type {Mapping} from '../../core/mapping.ts';
import type {Chat} from '../model/chat.ts';
import {keyValues, type Parameter} from '../values/parameter.ts';
import {PROPOSER_SYSTEM, writePrompt, type Memory} from './llm-prompt.ts';
import type {Proposal, ProposalRequest, Proposer} from './proposer.ts';
import {readSuggestion} from './read-suggestion.ts';

export interface LlmProposerOptions {
  readonly parameters: readonly Parameter[];
  readonly chat: Chat;
  /** Of the optimizer, for the proposal of a number: several optimizers take turns. */
  readonly kwargs: (number: number) => Mapping;
}

const MEMORY_SIZE = 5;

/** Asks a model for better values, with the objective, the variables, their feedback and the best of what was tried. */
export class LlmProposer implements Proposer {
  readonly id = 'mac.LlmProposer';
  readonly #options: LlmProposerOptions;
  readonly #memory = new Map<string, Memory>();

  constructor(options: LlmProposerOptions) {
    this.#options = options;
  }

  remember(memory: Memory): void {
    this.#memory.set(keyValues(this.#options.parameters, memory.values), memory);
  }

  async propose({values, evidence, number, signal}: ProposalRequest): Promise<Proposal> {
    const {parameters, chat, kwargs} = this.#options;
    const {objective, memory_size = MEMORY_SIZE, max_tokens} = kwargs(number);
    const user = writePrompt({
      objective: typeof objective === 'string' ? objective : 'Maximise the score.',
      parameters,
      values,
      evidence,
      memory: this.#best(typeof memory_size === 'number' ? memory_size : MEMORY_SIZE, keyValues(parameters, values)),
    });
    const {text} = await chat.ask({
      system: PROPOSER_SYSTEM,
      user,
      name: `proposal/${number}`,
      signal,
      ...(typeof max_tokens === 'number' ? {maxTokens: max_tokens} : {}),
    });
    return readSuggestion(text, parameters, values);
  }

  /** Returns the best values that were tried, without the present ones. */
  #best(count: number, present: string): Memory[] {
    const others = [...this.#memory].filter(([key]) => key !== present).map(([, memory]) => memory);
    return others.sort((a, b) => b.score - a.score).slice(0, count);
  }
}
