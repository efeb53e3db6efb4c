/**
 * Starts work on items before they are asked for, and gives the results in the order of the items.
 *
 * @param options.most how much may be under way; the next item is always started.
 * @param options.getSize how much an item is.
 */
export async function* readAhead<Item, Result>(
  items: readonly Item[],
  start: (item: Item) => Promise<Result>,
  options: {readonly most: number; readonly getSize: (item: Item) => number},
): AsyncGenerator<Result> {
  const waiting: {readonly result: Promise<Result>; readonly size: number}[] = [];
  let size = 0;
  let next = 0;
  while (next < items.length || waiting.length > 0) {
    for (
      let item = items[next];
      item !== undefined && (size < options.most || waiting.length === 0);
      item = items[++next]
    ) {
      const result = start(item);
      // Nobody awaits the later ones while an earlier one is being looked at.
      result.catch(() => undefined);
      waiting.push({result, size: options.getSize(item)});
      size += options.getSize(item);
    }
    const first = waiting.shift();
    if (!first) return;
    size -= first.size;
    yield await first.result;
  }
}
