import type {Question} from '../../questions/question.ts';
import {compareTexts} from '../../core/text/compare-texts.ts';
import type {Controls} from '../select/controls.ts';
import type {Benchmark, Stratum} from '../metrics/benchmark.ts';
import {findBenchmark} from '../metrics/benchmarks.ts';
import {countConversation, type CountedAnswers} from '../metrics/count-conversation.ts';
import {CountTable} from '../metrics/count-table.ts';
import type {Discussion} from '../metrics/discussion/discussion.ts';
import {countEnding, type Ending} from '../metrics/endings.ts';
import type {ReadDisplay} from '../metrics/discussion/influence.ts';
import type {KnownTask} from '../records/recorded-tasks.ts';
import {type TaskConversations, listDiscussions, listEndings} from '../records/task-conversations.ts';

/** A task and what is recorded of it. */
export interface ReadTask extends KnownTask {
  /** The task itself: columns know it by identity. */
  readonly task: KnownTask;
  readonly records: TaskConversations;
  /** The questions that it was to ask; null when their file cannot be read. */
  readonly planned: readonly Question[] | null;
}

/** One task's share of a cell. */
export interface CellPart {
  readonly task: ReadTask;
  readonly controls: Controls<ReadTask>;
  /** The agents whose answers count: by default all. */
  readonly agentIds?: ReadonlySet<string> | undefined;
}

/** The counts of one stratum. */
export interface CellStratum extends CountedStratum {
  /** Its questions without a conversation; null when that is not known. */
  readonly missing: number | null;
}

interface CountedStratum {
  readonly benchmark: Benchmark;
  readonly stratum: Stratum;
  readonly own: CountTable;
  /** Of all conversations that ended, scored or not: a table of its own, for scores are of other questions. */
  readonly endings: CountTable;
  conversations: number;
  isExpected?: boolean;
  peersHidden?: CountTable;
  identityHidden?: CountTable;
}

/** Counts the conversations of a cell's tasks and of their controls. Includes planned parts with nothing to count. */
export function countCell(parts: readonly CellPart[], answers: CountedAnswers): CellStratum[] {
  const strata = new Strata(answers);
  const missing = new MissingQuestions();
  for (const {task, controls, agentIds} of parts) {
    const about = {rounds: task.config.conversation_config.max_rounds, agentIds};
    const conversations = task.records.conversations();
    const discussions = listDiscussions(conversations);
    missing.addTask(task.planned, discussions);
    strata.count(discussions, about, counted => {
      counted.conversations++;
      return counted.own;
    });
    strata.countEndings(listEndings(conversations), about);
    for (const {records} of controls.peersHidden) {
      const control = listDiscussions(records.conversations());
      strata.count(control, about, counted => (counted.peersHidden ??= new CountTable()));
    }
    const displays = displaysByAgent(discussions);
    for (const {records} of controls.identityHidden) {
      const control = listDiscussions(records.conversations());
      strata.count(control, {...about, displays}, counted => (counted.identityHidden ??= new CountTable()));
    }
  }
  for (const {benchmark, stratum} of missing.strata()) strata.expect(benchmark, stratum);
  return strata
    .list()
    .map(counted => ({...counted, missing: missing.countMissing(counted.benchmark, counted.stratum)}));
}

interface Counted {
  /** As planned. */
  readonly rounds: number;
  readonly agentIds: ReadonlySet<string> | undefined;
  /** By agent: the identities to count under, where the conversations show none. */
  readonly displays?: ReadonlyMap<string, string | null>;
}

class Strata {
  readonly #answers: CountedAnswers;
  readonly #strata = new Map<string, CountedStratum>();

  constructor(answers: CountedAnswers) {
    this.#answers = answers;
  }

  count(discussions: readonly Discussion[], about: Counted, tableFor: (counted: CountedStratum) => CountTable): void {
    const {rounds, agentIds, displays} = about;
    for (const discussion of discussions) {
      if (agentIds && !discussion.seats.some(({agentId}) => agentIds.has(agentId))) continue;
      const benchmark = findBenchmark(discussion.question);
      const getDisplay: ReadDisplay | undefined =
        displays && (seat => displays.get(discussion.seats[seat]?.agentId ?? '') ?? null);
      for (const stratum of benchmark.strata(discussion.question)) {
        const table = tableFor(this.#counted(benchmark, stratum));
        countConversation(table, discussion, {
          benchmark,
          rounds,
          agentIds,
          answers: this.#answers,
          ...(getDisplay ? {getDisplay} : {}),
        });
      }
    }
  }

  countEndings(endings: readonly Ending[], {agentIds}: Pick<Counted, 'agentIds'>): void {
    for (const ending of endings) {
      const benchmark = findBenchmark(ending.question);
      for (const stratum of benchmark.strata(ending.question)) {
        countEnding(this.#counted(benchmark, stratum).endings, ending, {benchmark, agentIds});
      }
    }
  }

  /** Lists a stratum with or without conversations. */
  expect(benchmark: Benchmark, stratum: Stratum): void {
    this.#counted(benchmark, stratum).isExpected = true;
  }

  /** Those that the cell itself has, or was to have, conversations of, by benchmark and name. */
  list(): CountedStratum[] {
    return [...this.#strata.values()]
      .filter(({conversations, isExpected}) => conversations > 0 || isExpected)
      .sort((a, b) => compareTexts(a.benchmark.name, b.benchmark.name) || compareTexts(a.stratum.name, b.stratum.name));
  }

  #counted(benchmark: Benchmark, stratum: Stratum): CountedStratum {
    const key = stratumKey(benchmark, stratum);
    let counted = this.#strata.get(key);
    if (!counted) {
      counted = {benchmark, stratum, own: new CountTable(), endings: new CountTable(), conversations: 0};
      this.#strata.set(key, counted);
    }
    return counted;
  }
}

/** Returns the shown identities of a task's agents. */
function displaysByAgent(discussions: readonly Discussion[]): ReadonlyMap<string, string | null> {
  return new Map(discussions.flatMap(({seats}) => seats.map(({agentId, display}) => [agentId, display] as const)));
}

/** Counts, stratum by stratum, the questions that tasks were to ask and that have no usable conversation. */
class MissingQuestions {
  readonly #counts = new Map<string, number>();
  readonly #strata = new Map<string, {readonly benchmark: Benchmark; readonly stratum: Stratum}>();
  #isKnown = true;

  /** @param planned null for an unreadable question file: it may hold any part's questions, so none is known. */
  addTask(planned: readonly Question[] | null, used: readonly Discussion[]): void {
    if (!planned) this.#isKnown = false;
    const ids = new Set(used.map(({question}) => question.question_id));
    for (const question of planned ?? []) {
      if (ids.has(question.question_id)) continue;
      const benchmark = findBenchmark(question);
      for (const stratum of benchmark.strata(question)) {
        const key = stratumKey(benchmark, stratum);
        this.#strata.set(key, {benchmark, stratum});
        this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
      }
    }
  }

  /** Returns the strata that questions are missing of. */
  strata(): Iterable<{readonly benchmark: Benchmark; readonly stratum: Stratum}> {
    return this.#strata.values();
  }

  /** Returns null when a question file could not be read. */
  countMissing(benchmark: Benchmark, stratum: Stratum): number | null {
    return this.#isKnown ? (this.#counts.get(stratumKey(benchmark, stratum)) ?? 0) : null;
  }
}

function stratumKey({name: benchmark}: Benchmark, {name}: Stratum): string {
  return `${benchmark}/${name}`;
}
