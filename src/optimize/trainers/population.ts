import type {Candidate} from './search.ts';

/** A candidate with its scores on the examples that all compete on. */
export interface Member {
  readonly candidate: Candidate;
  readonly scores: readonly number[];
  readonly mean: number;
}

/** Returns on how many examples each member is the best, shared first places counted for all. */
export function countWins(members: readonly Member[]): number[] {
  const size = members[0]?.scores.length ?? 0;
  const best = Array.from({length: size}, (_, i) => Math.max(...members.map(({scores}) => scores[i] ?? -Infinity)));
  return members.map(({scores}) => scores.filter((score, i) => score === best[i]).length);
}

/** Returns members with most wins first, then the best mean, then the earliest. */
export function rankByWins(members: readonly Member[]): Member[] {
  const wins = countWins(members);
  const ranked = members.map((member, i) => ({member, wins: wins[i] ?? 0}));
  ranked.sort(
    (a, b) => b.wins - a.wins || b.member.mean - a.member.mean || a.member.candidate.id - b.member.candidate.id,
  );
  return ranked.map(({member}) => member);
}
