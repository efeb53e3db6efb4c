import type {Counter} from '../count-table.ts';
import {proportion, type Metric} from '../metric.ts';
import type {Discussion, Step} from './discussion.ts';

/** Name of an agent without a shown identity. */
const ANONYMOUS = 'anonymous';

/** The identities that influence is broken down by: the shown ones, or another condition's of the same seats. */
export type ReadDisplay = (seat: number) => string | null;

export function shownIdentities({seats}: Discussion): ReadDisplay {
  return seat => seats[seat]?.display ?? null;
}

/**
 * Counts, for every visible peer that had another answer, whether the agent has that answer now.
 *
 * @param options.isSource selects the peers whose influence counts.
 */
export function countInfluence(
  discussion: Discussion,
  step: Step,
  {getDisplay, isSource}: {readonly getDisplay: ReadDisplay; readonly isSource: (seat: number) => boolean},
  count: Counter,
): void {
  const {seat: reader, before, after} = step;
  const name = (seat: number): string => getDisplay(seat) ?? ANONYMOUS;
  for (const [i, source] of step.seen.entries()) {
    const said = step.peers[i];
    if (said === null || said === before || !isSource(source)) continue;
    const agent = discussion.seats[source]?.agentId ?? '';
    for (const whom of [`agent:${agent}`, `identity:${name(source)} → ${name(reader)}`]) {
      count(`chances:${whom}`);
      if (after === said) count(`influenced:${whom}`);
    }
  }
}

/** Influence of every source and of every pair of shown identities that occurs. */
export function influenceMetrics(columns: Iterable<string>): Metric[] {
  return [...columns]
    .filter(column => column.startsWith('chances:'))
    .sort()
    .map(column => {
      const whom = column.slice('chances:'.length);
      return proportion({
        id: `influence:${whom}`,
        label: whom.startsWith('agent:')
          ? `others took over the differing answer of ${whom.slice('agent:'.length)}`
          : `took over the differing answer, ${whom.slice('identity:'.length)}`,
        parts: [`influenced:${whom}`],
        of: column,
        nothing: 'never another answer',
      });
    });
}
