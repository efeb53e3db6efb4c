import type {KnownTask} from '../records/recorded-tasks.ts';
import type {Stratum} from '../metrics/benchmark.ts';
import {mergeCells, type CellCounts, type StratumCounts, type TaskCounts} from './cell-counts.ts';
import type {Effect} from './effect.ts';
import {estimateEffects} from './estimate-effects.ts';
import {matchBlocks, type Block, type Contrast, type Side} from './match-blocks.ts';
import {pairQuestions, type PairedCells, type Unmatched} from './pair-questions.ts';

/** The differences between two conditions in one stratum. */
export interface ComparedStratum<E extends Effect = Effect> {
  readonly benchmark: string;
  readonly stratum: string;
  /** True if its questions belong to another stratum too: a part in brackets. */
  readonly isPart: boolean;
  /** Shared by both sides of any block, each once. */
  readonly questions: number;
  /** Summed over the blocks. */
  readonly unmatched: Unmatched;
  /** Blocks with questions that both sides have. */
  readonly blocks: number;
  readonly effects: readonly E[];
  /** Every block alone; empty when not asked for, or when there is one. */
  readonly by_block: readonly {readonly block: BlockValues; readonly effects: readonly E[]}[];
  /** Metrics that mean nothing here, with the reason. */
  readonly refused: Readonly<Record<string, string>>;
}

/** Values of the columns that are held fixed. */
export type BlockValues = Readonly<Record<string, string>>;

export interface ComparedSides<E extends Effect = Effect> {
  readonly first: {readonly name: string; readonly tasks: number};
  readonly second: {readonly name: string; readonly tasks: number};
  readonly differs_in: readonly Contrast[];
  readonly matched_on: readonly string[];
  readonly complete_blocks: number;
  /** Tasks that have no counterpart on the other side. */
  readonly incomplete_blocks: readonly {readonly block: BlockValues; readonly missing: 'first' | 'second'}[];
  /** Parts of complete blocks without a difference: one side has no scored conversation, or no question is shared. */
  readonly unscored: readonly UnscoredPart[];
  readonly strata: readonly ComparedStratum<E>[];
}

export interface UnscoredPart {
  readonly block: BlockValues;
  /** Null: all of them. */
  readonly stratum: string | null;
  readonly missing: 'first' | 'second' | 'both' | 'shared questions';
}

export interface CompareOptions {
  readonly draws: number;
  /** Also parts of categories. */
  readonly parts: boolean;
  /** Also every block alone. */
  readonly blocks: boolean;
  /** Keeps rates of endings that occur on neither side, because they were asked for by name. */
  readonly keepsAbsent?: boolean;
}

/** Compares two sides block by block. Strata without a shared question are left out and named. */
export function compareSides(
  {first, second}: {readonly first: Side; readonly second: Side},
  counts: ReadonlyMap<KnownTask, TaskCounts>,
  options: CompareOptions,
): ComparedSides {
  const {contrasts, fixed, blocks} = matchBlocks(first.tasks, second.tasks);
  const complete = blocks.filter(block => block.first.length > 0 && block.second.length > 0);
  const collectCells = (of: keyof TaskCounts): BlockCells[] => {
    const read = (tasks: readonly KnownTask[]): CellCounts[] => tasks.flatMap(task => counts.get(task)?.[of] ?? []);
    return complete.map(block => ({block, first: read(block.first), second: read(block.second)}));
  };
  const cells = {answers: collectCells('answers'), endings: collectCells('endings')};
  const isShown = ({stratum}: StratumCounts): boolean => options.parts || !stratum.isPart;
  const listKeys = (parts: readonly CellCounts[]): Set<string> =>
    new Set(parts.flatMap(part => [...part].flatMap(([key, counts]) => (isShown(counts) ? [key] : []))));
  const keys = listKeys([...cells.answers, ...cells.endings].flatMap(({first: parts}) => parts));
  const seed = [first.name, second.name].sort();
  return {
    first: {name: first.name, tasks: first.tasks.length},
    second: {name: second.name, tasks: second.tasks.length},
    differs_in: contrasts,
    matched_on: fixed,
    complete_blocks: complete.length,
    incomplete_blocks: blocks
      .filter(block => !complete.includes(block))
      .map(({values, first: tasks}) => ({block: values, missing: tasks.length === 0 ? 'first' : 'second'})),
    unscored: cells.answers.flatMap(cell => unscoredParts(cell, listKeys)),
    strata: [...keys].flatMap(
      key => compareStratum(key, cells, {...options, seed: JSON.stringify([key, ...seed])}) ?? [],
    ),
  };
}

interface BlockCells {
  readonly block: Block;
  readonly first: readonly CellCounts[];
  readonly second: readonly CellCounts[];
}

/** Returns the parts that only one side has: both planned the same questions, so the other could not be scored. */
function unscoredParts(
  {block, first, second}: BlockCells,
  listKeys: (parts: readonly CellCounts[]) => Set<string>,
): UnscoredPart[] {
  const [ones, others] = [listKeys(first), listKeys(second)];
  const {values} = block;
  if (ones.size === 0 || others.size === 0) {
    const missing = ones.size > 0 ? 'second' : others.size > 0 ? 'first' : 'both';
    return [{block: values, stratum: null, missing}];
  }
  return [...new Set([...ones, ...others])].flatMap((key): UnscoredPart[] => {
    const [one, other] = [mergeCells(first, key), mergeCells(second, key)];
    const stratum = (one ?? other)?.stratum.name ?? key;
    if (!one || !other) return [{block: values, stratum, missing: one ? 'second' : 'first'}];
    return pairQuestions(one, other).pairs.length > 0 ? [] : [{block: values, stratum, missing: 'shared questions'}];
  });
}

function compareStratum(
  key: string,
  cells: Readonly<Record<keyof TaskCounts, readonly BlockCells[]>>,
  options: CompareOptions & {readonly seed: string},
): ComparedStratum | null {
  const answers = pairBlocks(key, cells.answers);
  const endings = pairBlocks(key, cells.endings);
  // Without scored answers, compare only how conversations ended.
  const main = answers.length > 0 ? answers : endings;
  const [some] = main;
  if (!some) return null;
  const estimateFor = (blocks: readonly PairedBlock[]): Effect[] =>
    blocks.length === 0
      ? []
      : estimateEffects(
          blocks.map(each => each.cells),
          options,
        ).filter(effect => options.keepsAbsent === true || !isAbsent(effect));
  const isByBlock = options.blocks && main.length > 1;
  const pairsInBlock = (all: readonly PairedBlock[], block: Block): PairedBlock[] =>
    all.filter(each => each.block === block);
  return {
    benchmark: some.cells.benchmark.name,
    stratum: some.stratum.name,
    isPart: some.stratum.isPart,
    questions: new Set(main.flatMap(each => each.cells.pairs.map(({question}) => question.question_id))).size,
    unmatched: sumUnmatched(main.map(each => each.cells)),
    blocks: main.length,
    effects: [...estimateFor(answers), ...estimateFor(endings)],
    by_block: isByBlock
      ? main.map(({block}) => ({
          block: block.values,
          effects: [...estimateFor(pairsInBlock(answers, block)), ...estimateFor(pairsInBlock(endings, block))],
        }))
      : [],
    refused: some.cells.benchmark.refused,
  };
}

interface PairedBlock {
  readonly block: Block;
  readonly cells: PairedCells;
  readonly stratum: Stratum;
}

/** Returns the blocks in which both sides have a stratum with shared questions. */
function pairBlocks(key: string, cells: readonly BlockCells[]): PairedBlock[] {
  return cells.flatMap(({block, first, second}) => {
    const [one, other] = [mergeCells(first, key), mergeCells(second, key)];
    if (!one || !other) return [];
    const paired = pairQuestions(one, other);
    return paired.pairs.length > 0 ? [{block, cells: paired, stratum: one.stratum}] : [];
  });
}

/** An ending that occurs on neither side is no finding, and must not weaken the correction of other tests. */
function isAbsent({kind, first, second}: Effect): boolean {
  return kind === 'ending' && (first ?? 0) === 0 && (second ?? 0) === 0;
}

function sumUnmatched(cells: readonly PairedCells[]): Unmatched {
  const sum = (read: (unmatched: Unmatched) => number): number =>
    cells.reduce((total, {unmatched}) => total + read(unmatched), 0);
  return {
    only_first: sum(each => each.only_first),
    only_second: sum(each => each.only_second),
    changed: sum(each => each.changed),
  };
}
