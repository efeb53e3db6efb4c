import type {UserErrorCode} from '../error-codes.ts';
import {UserError} from '../errors.ts';

/** Number of names that a message lists. */
const MAX_LISTED = 10;

/** Things that a user can call by one kind of name: an id, a config, an experiment. */
export interface NameKind<Item> {
  /** Lists the things; called only where the kinds before have not settled what is meant. */
  readonly list: () => readonly Item[] | Promise<readonly Item[]>;
  readonly getNames: (item: Item) => readonly string[];
  /** Turns what the user wrote into a name of this kind; as it is by default. */
  readonly toName?: (selector: string) => string;
}

/** The items that a name was found to mean; all items are of one kind, which is absent where there are none. */
export interface FoundByName<Item, Kind> {
  readonly items: readonly Item[];
  readonly kind?: Kind;
}

/**
 * Finds the items that a user may mean by a name, among kinds of names in the order of their precedence.
 *
 * @param precedence `kind`: the first kind with a match, be it only the beginning of a name; `whole-name`: the first
 * kind with that whole name, else the first with a beginning.
 */
export async function findAmongKinds<Item, Kind extends NameKind<Item>>(
  selector: string,
  kinds: readonly (Kind & NameKind<Item>)[],
  precedence: 'kind' | 'whole-name',
): Promise<FoundByName<Item, Kind>> {
  let first: FoundByName<Item, Kind> = {items: []};
  for (const kind of kinds) {
    const name = kind.toName?.(selector) ?? selector;
    const items = findByName(name, await kind.list(), kind.getNames);
    if (items.length === 0) continue;
    if (precedence === 'kind' || items.some(item => kind.getNames(item).includes(name))) return {items, kind};
    if (!first.kind) first = {items, kind};
  }
  return first;
}

/**
 * Returns the items that a user may mean by a name, by the one rule that all commands share: those that are called so,
 * else those whose names begin so.
 *
 * @param getNames the names that an item can be called by.
 */
export function findByName<Item>(
  selector: string,
  items: readonly Item[],
  getNames: (item: Item) => readonly string[],
): Item[] {
  const exact = items.filter(item => getNames(item).includes(selector));
  if (exact.length > 0 || selector === '') return exact;
  return items.filter(item => getNames(item).some(name => name.startsWith(selector)));
}

/** Returns the error for a name that fits several things, with a list of them. */
export function ambiguousName(code: UserErrorCode, selector: string, names: readonly string[]): UserError {
  const shown = names.slice(0, MAX_LISTED);
  const rest = names.length > shown.length ? `, … and ${names.length - shown.length} more` : '';
  return new UserError(code, `"${selector}" fits ${names.length} names: ${shown.join(', ')}${rest}`, {
    hint: 'say which one: a beginning that only it has is enough',
  });
}
