import type {Benchmark} from './benchmark.ts';
import type {CountTable} from './count-table.ts';
import {countConformity} from './discussion/conformity.ts';
import {countConsensus} from './discussion/consensus.ts';
import {countFlip} from './discussion/flips.ts';
import {countInfluence, shownIdentities, type ReadDisplay} from './discussion/influence.ts';
import {countPosition} from './positions.ts';
import {
  aggregateAnswers,
  UNITS,
  type Discussion,
  type Round,
  type Unit,
  iterateSteps,
} from './discussion/discussion.ts';

/** Returns the prefix of the columns with a unit's scores in a round. */
export function scoreScope(unit: Unit, round: Round): string {
  return `${unit}@${round}/`;
}

/** Returns the prefix of the columns about consensus in a round. */
export function consensusScope(round: Round): string {
  return `consensus@${round}/`;
}

/** Returns the prefix of the columns about steps: of all rounds, or of the step that starts from one. */
export function stepScope(round?: number): string {
  return round === undefined ? 'steps/' : `steps@${round}/`;
}

/** The agents and rounds that are counted; the first and the last round always are, for changes between them. */
export interface CountedAnswers {
  readonly unit: Unit;
  readonly rounds: readonly Round[];
}

/**
 * Counts one conversation into a table: the benchmark's scores by unit and round, consensus by round, and every step
 * between rounds.
 *
 * @param options.rounds how many the config plans; a conversation that ended earlier by unanimity keeps its last
 * answers.
 * @param options.agentIds counts these agents' answers and changes, and what they make of others', and nothing that is
 * of the conversation as a whole.
 * @param options.answers by default those of all units in all rounds.
 */
export function countConversation(
  table: CountTable,
  discussion: Discussion,
  options: {
    readonly benchmark: Benchmark;
    readonly rounds: number;
    readonly getDisplay?: ReadDisplay;
    readonly answers?: CountedAnswers;
    readonly agentIds?: ReadonlySet<string> | undefined;
  },
): void {
  const {benchmark, answers} = options;
  const {question} = discussion;
  const within = table.counters(question, benchmark.cluster(question));
  const rounds = answers
    ? new Set<Round>([...answers.rounds, 0, 'last'])
    : [...Array.from({length: options.rounds}, (_, round) => round), 'last' as const];
  const isCounted = createSeatFilter(discussion, options.agentIds);
  for (const round of rounds) {
    for (const unit of answers ? [answers.unit] : UNITS) {
      const score = within(scoreScope(unit, round));
      for (const [seat, answer] of aggregateAnswers(discussion, unit, round).entries()) {
        if (!isCounted(seat)) continue;
        benchmark.count(question, answer, score);
        countPosition(discussion, answer, benchmark, score);
      }
    }
    if (!options.agentIds) countConsensus(discussion, round, benchmark, within(consensusScope(round)));
  }
  const getDisplay = options.getDisplay ?? shownIdentities(discussion);
  const all = within(stepScope());
  for (const step of iterateSteps(discussion)) {
    if (isCounted(step.seat)) {
      countFlip(discussion, step, benchmark, within(stepScope(step.round)));
      countFlip(discussion, step, benchmark, all);
      countConformity(step, all);
    }
    countInfluence(discussion, step, {getDisplay, isSource: isCounted}, all);
  }
}

function createSeatFilter({seats}: Discussion, agentIds: ReadonlySet<string> | undefined): (seat: number) => boolean {
  if (!agentIds) return () => true;
  const counted = seats.map(({agentId}) => agentIds.has(agentId));
  return seat => counted[seat] ?? false;
}
