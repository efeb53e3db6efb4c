import type {Benchmark} from '../../src/analyze/metrics/benchmark.ts';
import {findBenchmark} from '../../src/analyze/metrics/benchmarks.ts';
import {estimateCell, type CellEstimate, type CellOptions} from '../../src/analyze/metrics/cell-estimates.ts';
import {countConversation} from '../../src/analyze/metrics/count-conversation.ts';
import {CountTable} from '../../src/analyze/metrics/count-table.ts';
import type {Discussion} from '../../src/analyze/metrics/discussion/discussion.ts';
import type {Question} from '../../src/questions/question.ts';

/** A conversation in which everybody sees everybody. @param answers by agent, one per round. */
export function discussionOf(
  question: Question,
  answers: Readonly<Record<string, readonly (string | null)[]>>,
): Discussion {
  const agents = Object.keys(answers);
  const rounds = answers[agents[0]!]!.length;
  const everybody = agents.map((_, reader) => agents.flatMap((__, seat) => (seat === reader ? [] : [seat])));
  return {
    question,
    seats: agents.map(agentId => ({agentId, display: null})),
    answers: Array.from({length: rounds}, (_, round) => agents.map(agent => answers[agent]![round]!)),
    seen: Array.from({length: rounds}, () => everybody),
  };
}

/** One answer a question, as a published model gave them. */
export function singleAnswers(answers: Iterable<readonly [Question, string | null]>): Discussion[] {
  return [...answers].map(([question, answer]) => discussionOf(question, {model: [answer]}));
}

export interface Scored {
  readonly table: CountTable;
  readonly estimates: readonly CellEstimate[];
  /** By id; fails loudly on an unknown one. */
  readonly get: (id: string) => CellEstimate;
  /** A sum of the counted answers, `agent@last/` left out. */
  readonly counted: (column: string) => number;
}

export function score(
  discussions: readonly Discussion[],
  options: Partial<CellOptions> & {readonly benchmark?: Benchmark} = {},
): Scored {
  const benchmark = options.benchmark ?? findBenchmark(discussions[0]!.question);
  const table = new CountTable();
  for (const discussion of discussions) {
    countConversation(table, discussion, {benchmark, rounds: discussion.answers.length});
  }
  const unit = options.unit ?? 'agent';
  const round = options.round ?? 'last';
  const estimates = estimateCell(table, {draws: 199, ...options, benchmark, unit, round});
  const totals = table.totals();
  return {
    table,
    estimates,
    get: id => {
      const found = estimates.find(each => each.id === id);
      if (!found) throw new Error(`no ${id} among ${estimates.map(each => each.id).join(', ')}`);
      return found;
    },
    counted: column => totals.get(`${unit}@${round}/${column}`) ?? 0,
  };
}
