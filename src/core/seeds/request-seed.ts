import {sha256} from './hash.ts';

/** The place of a request in an experiment. Nothing in it depends on the machine, the time or who executes the task. */
export interface RequestPlace {
  /** `conversation_config.seed`. */
  readonly seed: number;
  /** From 1, as in `--rep`. */
  readonly repetition: number;
  readonly taskKey: string;
  readonly questionId: string;
  readonly agentId: string;
  /** From 0. */
  readonly round: number;
  /** From 0; goes on where an earlier recorded conversation of the question ended. */
  readonly attempt: number;
}

/**
 * Returns the seed that a request is sent with: the first 31 bits of the SHA-256 of the JSON list `["mac.seed/1", seed,
 * repetition, task key, question id, agent id, round, attempt]` without spaces. 31, because some servers take a signed
 * 32-bit number. Calls that are repeated because the server failed have the same seed; whoever runs the same config
 * again gets the same seeds.
 */
export function requestSeed(place: RequestPlace): number {
  const {seed, repetition, taskKey, questionId, agentId, round, attempt} = place;
  return seedFrom(['mac.seed/1', seed, repetition, taskKey, questionId, agentId, round, attempt]);
}

/** Returns 31 bits that follow from some words. */
export function seedFrom(words: readonly (string | number)[]): number {
  return parseInt(sha256(JSON.stringify(words)).slice(0, 8), 16) >>> 1;
}
