import {didYouMean} from '../../config/problem.ts';
import {UserError} from '../../core/errors.ts';
import {columnText, SEED, SET, type TrialRow} from './trial-row.ts';

/** Returns the labels of trials, in the order in which they occur. */
export function listLabels(rows: readonly TrialRow[]): string[] {
  return [...new Set(rows.flatMap(({labels}) => [...labels.keys()]))];
}

/** Returns the columns in which trials differ: the set where there are several, and labels, never the seed. */
export function listVaryingColumns(rows: readonly TrialRow[]): string[] {
  return [SET, ...listLabels(rows)].filter(column => new Set(rows.map(row => columnText(row, column))).size > 1);
}

/** Returns the columns that tell cells apart by default: of those that agree in every trial the first. */
export function listDefaultColumns(rows: readonly TrialRow[]): string[] {
  const contents = new Set<string>();
  return listVaryingColumns(rows).filter(column => {
    const before = contents.size;
    contents.add(JSON.stringify(rows.map(row => columnText(row, column))));
    return contents.size > before;
  });
}

/**
 * Checks names of columns that a user gave: labels, `seed` or `set`.
 *
 * @throws UserError `label-unknown`, `column-repeated`.
 */
export function checkColumns(names: readonly string[], rows: readonly TrialRow[]): readonly string[] {
  const known = [...listLabels(rows), SEED, SET];
  for (const [i, name] of names.entries()) {
    if (names.indexOf(name) !== i) throw new UserError('column-repeated', `"${name}" is named twice`);
    if (known.includes(name)) continue;
    const meant = didYouMean(name, known);
    const there = `there are: ${known.join(', ')}`;
    throw new UserError('label-unknown', `no trial has a label "${name}"`, {
      hint: meant === undefined ? there : `did you mean ${meant}? ${there}`,
    });
  }
  return names;
}
