import type {Discussion} from './discussion.ts';

/** One agent's way from one round to the next; both answers are valid. */
export interface Step {
  /** The round it starts from. */
  readonly round: number;
  readonly seat: number;
  readonly before: string;
  readonly after: string;
  /** The seats whose answers of `round` it saw, its own left out. */
  readonly seen: readonly number[];
  /** What those answered; null where that was no choice. */
  readonly peers: readonly (string | null)[];
}

/** Every step of a conversation in which the agent's answers before and after are valid. */
export function* iterateSteps({seats, answers, seen}: Discussion): Generator<Step> {
  for (let round = 0; round + 1 < answers.length; round++) {
    for (const seat of seats.keys()) {
      const before = answers[round]?.[seat] ?? null;
      const after = answers[round + 1]?.[seat] ?? null;
      if (before === null || after === null) continue;
      const visible = seen[round]?.[seat] ?? [];
      yield {round, seat, before, after, seen: visible, peers: visible.map(peer => answers[round]?.[peer] ?? null)};
    }
  }
}
