import {escapePattern} from '../../core/text/escape-pattern.ts';

/** Inspect puts the time at which it made a file before the name that it was told; older versions write `+00-00`. */
const TIME = String.raw`(?:\d{4}-\d{2}-\d{2}T[0-9+:.Z-]+_)?`;

/** The id that Inspect fills in has no underscore: so `a` does not claim the files of `a_b`. */
const ID = '[A-Za-z0-9-]+';

/**
 * Finds the files that Inspect wrote for a variant: `{time}_{tag}_{variant}_{id}.eval`.
 *
 * @param names in the folder of the suite.
 * @param tag of the code, as in the name of the run.
 */
export function findEvalFiles(names: readonly string[], tag: string, variant: string): string[] {
  const pattern = new RegExp(`^${TIME}${escapePattern(`${tag}_${variant}`)}_${ID}\\.eval$`);
  return names.filter(name => pattern.test(name)).toSorted();
}
