/** What all texts begin with; empty for none. The first and the last in alphabetical order differ the earliest. */
export function commonPrefix(texts: readonly string[]): string {
  let [first = ''] = texts;
  let last = first;
  for (const text of texts) {
    if (text < first) first = text;
    else if (text > last) last = text;
  }
  let length = 0;
  while (length < first.length && first[length] === last[length]) length++;
  return first.slice(0, length);
}
