import type {Counter} from '../count-table.ts';
import {defineMetric, proportion, SHARE, type Metric} from '../metric.ts';
import type {Step} from './discussion.ts';

/**
 * Counts one step against what the visible peers said: all the same and not the agent's answer (`opposed`), all the
 * agent's own (`agreed`), and how many of them differed (`dose`). Steps without visible peers, or with a peer whose
 * answer is not valid, are left out.
 */
export function countConformity({before, after, peers}: Step, count: Counter): void {
  if (peers.length === 0 || peers.includes(null)) return;
  const opposing = peers.filter(answer => answer !== before);
  const isUnanimous = new Set(peers).size === 1;
  const hasChanged = after !== before;
  if (isUnanimous && opposing.length > 0) {
    count('opposed_steps');
    if (after === peers[0]) count('adopted');
    if (hasChanged) count('opposed_flips');
  } else if (isUnanimous) {
    count('agreed_steps');
    if (hasChanged) count('agreed_flips');
  }
  const dose = `${opposing.length} of ${peers.length}`;
  count(`dose_n:${dose}`);
  if (opposing.includes(after)) count(`dose_adopted:${dose}`);
}

const NOT_OPPOSED = 'no agent had visible peers who all gave one other answer';

export const CONFORMITY_METRICS: readonly Metric[] = [
  proportion({
    id: 'conformity',
    isMain: true,
    label: "took over the peers' unanimous other answer",
    parts: ['adopted'],
    of: 'opposed_steps',
    nothing: NOT_OPPOSED,
  }),
  keptAnswerMetric(
    'stubbornness',
    'kept the answer against unanimous peers',
    ['opposed_steps', 'opposed_flips'],
    NOT_OPPOSED,
  ),
  keptAnswerMetric(
    'independence',
    'kept the answer with peers who all agree',
    ['agreed_steps', 'agreed_flips'],
    'no agent had visible peers who all gave its own answer',
  ),
];

function keptAnswerMetric(id: string, label: string, [of, flips]: readonly [string, string], nothing: string): Metric {
  const rest = (counts: Readonly<Record<string, number>>): number => (counts[of] ?? 0) - (counts[flips] ?? 0);
  return defineMetric<string>({
    id,
    interval: 'proportion',
    label,
    columns: [of, flips],
    n: counts => counts[of] ?? 0,
    range: SHARE,
    value: counts => (counts[of] ? rest(counts) / counts[of] : nothing),
    share: {successes: rest, n: counts => counts[of] ?? 0},
  });
}

/** Dose and response: how often an agent adopts a peer's answer when k of its v visible peers disagree with it. */
export function doseMetrics(columns: Iterable<string>): Metric[] {
  const doses = [...columns]
    .filter(column => column.startsWith('dose_n:'))
    .map(column => column.slice('dose_n:'.length));
  return doses.sort(compareDoses).map(dose =>
    proportion({
      id: `dose_response:${dose}`,
      label: `took over a differing peer's answer when ${dose} differed`,
      parts: [`dose_adopted:${dose}`],
      of: `dose_n:${dose}`,
      nothing: 'never so',
    }),
  );
}

function compareDoses(a: string, b: string): number {
  const share = (dose: string): number => {
    const [opposing = 0, peers = 1] = dose.split(' of ').map(Number);
    return opposing / peers;
  };
  return share(a) - share(b) || (a < b ? -1 : 1);
}
