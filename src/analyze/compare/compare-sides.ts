import type {KnownTask} from '../records/recorded-tasks.ts';
import {mergeCells, type CellCounts} from './cell-counts.ts';
import type {Effect} from './effect.ts';
import {estimateEffects} from './estimate-effects.ts';
import {matchBlocks, type Block, type Contrast, type Side} from './match-blocks.ts';
import {pairQuestions, type PairedCells, type Unmatched} from './pair-questions.ts';

/** What two conditions differ in, on one part of one benchmark. */
export interface ComparedStratum<E extends Effect = Effect> {
  readonly benchmark: string;
  readonly stratum: string;
  /** Shared by both sides of any block, each once. */
  readonly questions: number;
  /** Summed over the blocks. */
  readonly unmatched: Unmatched;
  /** With questions that both sides have. */
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
  /** Parts of complete blocks in which a side has no conversation that could be scored, or the sides share no question: they are in no difference. */
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
}

/** Compares two sides block by block. Strata without a question that both sides have are left out and named. */
export function compareSides(
  {first, second}: {readonly first: Side; readonly second: Side},
  counts: ReadonlyMap<KnownTask, CellCounts>,
  options: CompareOptions,
): ComparedSides {
  const {contrasts, fixed, blocks} = matchBlocks(first.tasks, second.tasks);
  const complete = blocks.filter(block => block.first.length > 0 && block.second.length > 0);
  const cellsOf = (tasks: readonly KnownTask[]): CellCounts[] => tasks.flatMap(task => counts.get(task) ?? []);
  const cells = complete.map(block => ({block, first: cellsOf(block.first), second: cellsOf(block.second)}));
  const keys = new Set(cells.flatMap(cell => cell.first.flatMap(part => [...part.keys()])));
  const isShown = (key: string): boolean => options.parts || !key.endsWith(')');
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
    unscored: cells.flatMap(cell => unscoredParts(cell, isShown)),
    strata: [...keys]
      .filter(isShown)
      .flatMap(key => compareStratum(key, cells, {...options, seed: JSON.stringify([key, ...seed])}) ?? []),
  };
}

interface BlockCells {
  readonly block: Block;
  readonly first: readonly CellCounts[];
  readonly second: readonly CellCounts[];
}

/** Both sides of a block were to ask the same questions: what one has and the other has not could not be scored there. */
function unscoredParts({block, first, second}: BlockCells, isShown: (key: string) => boolean): UnscoredPart[] {
  const keysOf = (cells: readonly CellCounts[]): Set<string> => new Set(cells.flatMap(cell => [...cell.keys()]));
  const [ones, others] = [keysOf(first), keysOf(second)];
  const {values} = block;
  if (ones.size === 0 || others.size === 0) {
    const missing = ones.size > 0 ? 'second' : others.size > 0 ? 'first' : 'both';
    return [{block: values, stratum: null, missing}];
  }
  return [...new Set([...ones, ...others])].filter(isShown).flatMap((key): UnscoredPart[] => {
    const [one, other] = [mergeCells(first, key), mergeCells(second, key)];
    const stratum = (one ?? other)?.name ?? key;
    if (!one || !other) return [{block: values, stratum, missing: one ? 'second' : 'first'}];
    return pairQuestions(one, other).pairs.length > 0 ? [] : [{block: values, stratum, missing: 'shared questions'}];
  });
}

function compareStratum(
  key: string,
  cells: readonly BlockCells[],
  options: CompareOptions & {readonly seed: string},
): ComparedStratum | null {
  const paired: {readonly block: Block; readonly cells: PairedCells; readonly name: string}[] = [];
  for (const {block, first, second} of cells) {
    const [one, other] = [mergeCells(first, key), mergeCells(second, key)];
    if (!one || !other) continue;
    const pair = pairQuestions(one, other);
    if (pair.pairs.length > 0) paired.push({block, cells: pair, name: one.name});
  }
  const [some] = paired;
  if (!some) return null;
  const all = paired.map(each => each.cells);
  const isByBlock = options.blocks && paired.length > 1;
  return {
    benchmark: some.cells.benchmark.name,
    stratum: some.name,
    questions: new Set(all.flatMap(({pairs}) => pairs.map(({question}) => question.question_id))).size,
    unmatched: sumUnmatched(all),
    blocks: paired.length,
    effects: estimateEffects(all, options),
    by_block: isByBlock
      ? paired.map(each => ({block: each.block.values, effects: estimateEffects([each.cells], options)}))
      : [],
    refused: some.cells.benchmark.refused,
  };
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
