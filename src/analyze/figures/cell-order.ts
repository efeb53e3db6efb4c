import {compareTexts} from '../../core/text/compare-texts.ts';
import type {CellResult} from '../score/cell-result.ts';
import {valueLabel} from './cell-labels.ts';

/** Sorts cells by part, then by the values of the columns, absent ones first. */
export function sortForReading(cells: readonly CellResult[], columns: readonly string[]): CellResult[] {
  return [...cells].sort((a, b) => {
    if (a.benchmark !== b.benchmark) return compareTexts(a.benchmark, b.benchmark);
    if (a.stratum !== b.stratum) return compareTexts(a.stratum, b.stratum);
    for (const name of columns) {
      const order = compareValues(a.cell[name], b.cell[name]);
      if (order !== 0) return order;
    }
    return Number(a.round) - Number(b.round) || 0;
  });
}

/** Compares values of a parameter: absent first, numbers by size, texts alphabetically. */
export function compareValues(a: string | undefined, b: string | undefined): number {
  const isAbsent = (value: string | undefined): boolean => valueLabel(value) === 'none';
  if (isAbsent(a) !== isAbsent(b)) return isAbsent(a) ? -1 : 1;
  return compareTexts(a ?? '', b ?? '');
}
