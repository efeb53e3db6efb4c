import {didYouMean} from '../config/problem.ts';
import {UserError} from '../core/errors.ts';
import type {Trial} from '../core/trial.ts';

/** One `--only`: a trial is chosen when its label has one of the values. */
export interface LabelFilter {
  /** A label, or `id` for the names of trials; `-` and `_` are one. */
  readonly label: string;
  readonly values: readonly string[];
}

/** Other names of the id. */
const ID_NAMES: ReadonlySet<string> = new Set(['id', 'run_id']);

/**
 * Reads the texts of `--only label=value[,value…]`. A value may hold commas itself: the whole text is one value, too.
 *
 * @throws UserError `only-usage`.
 */
export function parseLabelFilters(texts: readonly string[]): LabelFilter[] {
  return texts.map(text => {
    const cut = text.indexOf('=');
    const label = text.slice(0, Math.max(cut, 0)).trim();
    const rest = text.slice(cut + 1);
    const parts = rest
      .split(',')
      .map(part => part.trim())
      .filter(part => part !== '');
    const values = parts.length > 1 ? [rest, ...parts] : parts;
    if (label !== '' && values.length > 0) return {label: normalise(label), values};
    throw new UserError('only-usage', `--only ${text}: expected label=value[,value…]`, {
      hint: 'for example --only seed=11,12',
    });
  });
}

/**
 * Returns the numbers of the trials that fit filters, in order: for every label named, one of the values given for it.
 * None may fit.
 *
 * @param trials of a plan; the place in the list is the number.
 * @throws UserError `label-unknown`; `only-usage` for a seed that is no integer.
 */
export function selectTrials(
  trials: readonly {readonly trial: Trial}[],
  filters: readonly LabelFilter[],
): readonly number[] {
  const wanted = mergeFilters(trials, filters);
  return trials.flatMap(({trial}, index) =>
    [...wanted].every(([label, values]) => values.has(readValue(trial, label))) ? [index] : [],
  );
}

/** Joins the filters of one label. */
function mergeFilters(
  trials: readonly {readonly trial: Trial}[],
  filters: readonly LabelFilter[],
): ReadonlyMap<string, ReadonlySet<string>> {
  const known = new Map(trials.flatMap(({trial}) => Object.keys(trial.labels)).map(name => [normalise(name), name]));
  const wanted = new Map<string, Set<string>>();
  for (const {label, values} of filters) {
    const name = known.get(label) ?? (ID_NAMES.has(label) ? 'id' : label);
    if (name !== 'id' && name !== 'seed' && !known.has(label)) refuseLabel(label, [...known.values()]);
    const all = wanted.get(name) ?? new Set();
    for (const value of name === 'seed' ? readSeeds(values) : values) all.add(value);
    wanted.set(name, all);
  }
  return wanted;
}

function readValue({id, labels, seed}: Trial, label: string): string {
  if (label === 'id') return id;
  return String(labels[label] ?? (label === 'seed' ? seed : null));
}

/** Checks that seeds are integers and writes them in one way. */
function readSeeds(values: readonly string[]): string[] {
  return values
    .filter(value => !value.includes(','))
    .map(value => {
      if (/^[+-]?\d+$/.test(value)) return String(Number(value));
      throw new UserError('only-usage', `seed ${JSON.stringify(value)} is no integer`, {
        hint: 'for example --only seed=11,12',
      });
    });
}

function refuseLabel(label: string, known: readonly string[]): never {
  const names = [...new Set([...known, 'seed', 'id'])];
  const meant = didYouMean(label, names);
  throw new UserError('label-unknown', `no task has a label ${label}`, {
    hint: meant === undefined ? `labels are ${names.join(', ')}` : `did you mean ${meant}?`,
  });
}

function normalise(label: string): string {
  return label.replaceAll('-', '_');
}
