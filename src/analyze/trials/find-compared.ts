import {UserError} from '../../core/errors.ts';
import type {Layout} from '../../record/layout.ts';
import type {Contrasted} from '../compare/select-sides.ts';
import {parseConditions} from '../select/conditions.ts';
import type {ContrastedTrials} from './compare-trials.ts';
import {findTrials} from './find-trials.ts';
import type {TrialSelection} from './read-trials.ts';

/** Trials to be compared, and their sides. */
export interface ComparedSelection {
  readonly selection: TrialSelection;
  readonly contrasted: ContrastedTrials;
}

/**
 * Finds the trials that a comparison means: two sets, two conditions within a set, or the levels of one of its labels.
 *
 * @param of the set, for conditions and levels.
 * @returns undefined when conversations are compared.
 * @throws UserError `compare-usage` for trials of two kinds, or trials and conversations; those of `findTrials`.
 */
export async function findComparedTrials(
  layout: Layout,
  contrasted: Contrasted,
  of: string,
): Promise<ComparedSelection | undefined> {
  if (contrasted.kind === 'factor') return await findWithin(layout, of, contrasted);
  const {first, second} = contrasted;
  const [hasFirst, hasSecond] = [first, second].map(side => parseConditions(side) !== null);
  if (hasFirst === true && hasSecond === true) return await findWithin(layout, of, contrasted);
  if (hasFirst === true || hasSecond === true) return undefined;
  const [one, other] = [await findTrials(layout, first), await findTrials(layout, second)];
  if (!one && !other) return undefined;
  if (one?.kind !== other?.kind) {
    throw new UserError('compare-usage', `${describeKind(first, one)}, ${describeKind(second, other)}`, {
      hint: 'scores of different kinds cannot be compared',
    });
  }
  return one && other && {selection: joinSelections(one, other), contrasted: {kind: 'sets'}};
}

async function findWithin(
  layout: Layout,
  of: string,
  contrasted: ContrastedTrials,
): Promise<ComparedSelection | undefined> {
  const selection = await findTrials(layout, of);
  return selection && {selection, contrasted};
}

function describeKind(selector: string, selection: TrialSelection | undefined): string {
  return `${selector} is a ${selection?.kind ?? 'grid of conversations'}`;
}

/** @throws UserError `compare-same`. */
function joinSelections(one: TrialSelection, other: TrialSelection): TrialSelection {
  if (one.name === other.name) throw new UserError('compare-same', `both sides are ${one.name}`);
  return {
    name: `${one.name}, ${other.name}`,
    kind: one.kind,
    sets: [...one.sets, ...other.sets],
    rows: [...one.rows, ...other.rows],
    missing: [...one.missing, ...other.missing],
    outdated: [...one.outdated, ...other.outdated],
    unreadable: [...one.unreadable, ...other.unreadable],
  };
}
