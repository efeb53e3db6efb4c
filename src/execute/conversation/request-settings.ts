import type {Sampling} from '../../backend/backend.ts';
import {pickSampling} from '../../backend/sent-options.ts';
import type {Turn} from '../../conversation/turn.ts';
import {requestSeed} from '../../core/seeds/request-seed.ts';
import type {LoadedTask} from '../pack-task.ts';

/** Settings of a task's config for the requests of all its conversations. */
export class RequestSettings {
  /** Most times that a turn is asked within a conversation. */
  readonly attemptsPerTurn: number;
  /** `retry_on_generation_error`: true where calls that failed for the server's reasons are repeated. */
  readonly repeatsCalls: boolean;
  /** `compatibility: reference`. */
  readonly isReference: boolean;
  /** Seed of the simulated model. Differs between the repetitions of a config that has a seed, too. */
  readonly simulationSeed: string;
  readonly #task: LoadedTask;
  /** By seat. */
  readonly #sampling: readonly Sampling[];

  constructor(task: LoadedTask) {
    const {key, seed, config} = task;
    const {retry_config: retries, conversation_config: conversation} = config;
    this.#task = task;
    this.isReference = config.compatibility === 'reference';
    this.attemptsPerTurn = retries.max_retries + 1;
    this.repeatsCalls = this.isReference || retries.retry_on_generation_error;
    this.simulationSeed = conversation.seed !== undefined && !this.isReference ? `${seed}/${key}` : String(seed);
    this.#sampling = config.agent_definitions.map(agent => pickSampling(agent, undefined));
  }

  /**
   * Returns the sampling options that a turn is sent with, and its seed where the config has one.
   *
   * @param attempt counted over all conversations of the question.
   */
  buildSampling({agentIndex, agentId, round}: Turn, questionId: string, attempt: number): Sampling {
    const sampling = this.#sampling[agentIndex];
    if (!sampling) throw new Error('Internal error: a turn of an agent that the config does not have');
    const {key: taskKey, repetition, config} = this.#task;
    const {seed} = config.conversation_config;
    if (seed === undefined) return sampling;
    // The older system sent the same number with every request.
    if (this.isReference) return {...sampling, seed};
    return {...sampling, seed: requestSeed({seed, repetition, taskKey, questionId, agentId, round, attempt})};
  }
}
