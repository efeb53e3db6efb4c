import type {Question} from '../../../questions/question.ts';

/** One conversation as metrics need it: answers by agent and round, and who saw whom. */
export interface Discussion {
  readonly question: Question;
  /** The agents that answer, in the config's order. */
  readonly seats: readonly DiscussionSeat[];
  /** [round][seat] → a choice's id; null when the answer names none of the choices. At least one round. */
  readonly answers: readonly (readonly (string | null)[])[];
  /** Ids of the choices in the order in which they were shown; absent where that is the question's own. */
  readonly shown?: readonly string[];
  /** [round][reader] → the other seats whose messages of that round the reader sees before it answers again. */
  readonly seen: readonly (readonly (readonly number[])[])[];
}

export interface DiscussionSeat {
  readonly agentId: string;
  /** The identity shown to the others; null when it is anonymous. */
  readonly display: string | null;
}

/** One agent's answers, the strict plurality's, or everybody's where all agree. */
export type Unit = 'agent' | 'majority' | 'unanimous';

export const UNITS: readonly Unit[] = ['agent', 'majority', 'unanimous'];

/** A round by number from 0 (before any agent has seen an answer), or the last. */
export type Round = number | 'last';

/** Returns the answers of a round; a conversation that ended early because all agreed keeps its last ones. */
export function answersAt({answers}: Discussion, round: Round): readonly (string | null)[] {
  return answers[round === 'last' ? answers.length - 1 : Math.min(round, answers.length - 1)] ?? [];
}

/** Returns the answers of a unit: one per agent; one of the majority, null on a tie; one or none of a consensus. */
export function aggregateAnswers(discussion: Discussion, unit: Unit, round: Round): readonly (string | null)[] {
  const answers = answersAt(discussion, round);
  if (unit === 'agent') return answers;
  if (unit === 'majority') return [plurality(answers)];
  const agreed = findConsensus(answers);
  return agreed === null ? [] : [agreed];
}

/** Returns the answer that all give; null when one differs or is not valid. */
export function findConsensus(answers: readonly (string | null)[]): string | null {
  const [first = null] = answers;
  return answers.every(answer => answer === first) ? first : null;
}

/** Returns the answer that more agents give than any other; null on a tie. */
export function plurality(answers: readonly (string | null)[]): string | null {
  const ranked = [...tally(answers)].sort((a, b) => b[1] - a[1]);
  const [first, second] = ranked;
  return first && first[1] > (second?.[1] ?? 0) ? first[0] : null;
}

/** Counts how many agents give each valid answer. */
export function tally(answers: readonly (string | null)[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const answer of answers) if (answer !== null) counts.set(answer, (counts.get(answer) ?? 0) + 1);
  return counts;
}

/** Returns the ids of the choices in the order in which they were shown. */
export function shownChoiceIds({question, shown}: Pick<Discussion, 'question' | 'shown'>): readonly string[] {
  return shown ?? question.choices.map(({id}) => id);
}

/** One agent's step from one round to the next; both answers are valid. */
export interface Step {
  /** The round it starts from. */
  readonly round: number;
  readonly seat: number;
  readonly before: string;
  readonly after: string;
  /** The seats whose answers of `round` it saw, its own left out. */
  readonly seen: readonly number[];
  /** Their answers; null for no choice. */
  readonly peers: readonly (string | null)[];
}

/** Yields every step of a conversation with valid answers before and after. */
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
