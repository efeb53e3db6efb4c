import {isMap, isScalar, isSeq, parseDocument, type YAMLMap} from 'yaml';

type Entry = YAMLMap;

/** Lists the commands of a matrix: words that may name files. None for a text that is no matrix with commands. */
export function listCommands(text: string): string[][] {
  if (!/\bcommand\b/.test(text)) return [];
  const document = parseDocument(text, {uniqueKeys: false});
  if (document.errors.length > 0 || !isMap(document.contents)) return [];
  return listEntries(document.contents).map(readCommand);
}

/**
 * Writes the hash of each command's files beside it, as `code`, so that a program that was changed is another program.
 *
 * @param hash of the files that a command's words name; undefined where they name none.
 */
export function stampCode(text: string, hash: (command: readonly string[]) => string | undefined): string {
  const document = parseDocument(text, {uniqueKeys: false});
  if (document.errors.length > 0 || !isMap(document.contents)) return text;
  for (const entry of listEntries(document.contents)) {
    const code = hash(readCommand(entry));
    if (code === undefined) entry.delete('code');
    else entry.set('code', code);
  }
  return document.toString({lineWidth: 0});
}

function listEntries(contents: Entry): Entry[] {
  return ['tasks', 'trainers'].flatMap(name => {
    const list = contents.get(name, true);
    return isSeq(list) ? list.items.filter(isEntry) : [];
  });
}

function isEntry(item: unknown): item is Entry {
  return isMap(item) && isSeq(item.get('command', true));
}

function readCommand(entry: Entry): string[] {
  const command: unknown = entry.get('command', true);
  return isSeq(command) ? command.items.flatMap(word => (isScalar(word) ? [String(word.value)] : [])) : [];
}
