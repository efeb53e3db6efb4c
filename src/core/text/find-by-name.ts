import type {UserErrorCode} from '../error-codes.ts';
import {UserError} from '../errors.ts';

/** How many names a message lists. */
const MAX_LISTED = 10;

/**
 * Returns the items that a user may mean by a name, by the one rule that all commands share: those that are called so,
 * else those whose names begin so.
 *
 * @param namesOf the names that an item can be called by.
 */
export function findByName<Item>(
  selector: string,
  items: readonly Item[],
  namesOf: (item: Item) => readonly string[],
): Item[] {
  const exact = items.filter(item => namesOf(item).includes(selector));
  if (exact.length > 0 || selector === '') return exact;
  return items.filter(item => namesOf(item).some(name => name.startsWith(selector)));
}

/** Returns the error for a name that fits several things, with a list of them. */
export function ambiguousName(code: UserErrorCode, selector: string, names: readonly string[]): UserError {
  const shown = names.slice(0, MAX_LISTED);
  const rest = names.length > shown.length ? `, … and ${names.length - shown.length} more` : '';
  return new UserError(code, `"${selector}" fits ${names.length} names: ${shown.join(', ')}${rest}`, {
    hint: 'say which one: a beginning that only it has is enough',
  });
}
