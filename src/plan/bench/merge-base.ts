import {Document, isMap, isScalar, parseDocument, type Node, type YAMLMap} from 'yaml';

import {MATRIX_ALIASES, spellKey} from './spellings.ts';

/**
 * Lays a matrix over the base that it extends: mappings are merged key by key, everything else is replaced. The text of
 * the variant stays as it was written, and what it has from its base is added below, so that messages point at the
 * variant's own lines.
 *
 * @returns the merged text without `extends`; `text` itself when either is no mapping, which its parser reports.
 */
export function mergeBench(baseText: string, text: string): string {
  const base = parseDocument(baseText, {uniqueKeys: false});
  const variant = parseDocument(text, {uniqueKeys: false});
  if (base.errors.length > 0 || variant.errors.length > 0) return text;
  if (!isMap<Node, Node | null>(base.contents) || !isMap<Node, Node | null>(variant.contents)) return text;
  replaceByComment(variant.contents);
  addMissing(variant.contents, base.contents, true);
  return variant.toString({lineWidth: 0});
}

/** Returns the name of the base that a matrix extends; undefined when it stands alone or is no YAML. */
export function findBase(text: string): string | undefined {
  if (!/\bextends\b/.test(text)) return undefined;
  const document = parseDocument(text, {uniqueKeys: false});
  if (document.errors.length > 0 || !isMap(document.contents)) return undefined;
  const base: unknown = document.get('extends');
  return typeof base === 'string' && base !== '' ? base : undefined;
}

/** Turns `extends` into a comment, so that the lines below keep their numbers. */
function replaceByComment(contents: YAMLMap<Node, Node | null>): void {
  const index = contents.items.findIndex(({key}) => nameKey(key, true) === 'extends');
  const [pair] = contents.items.splice(index, 1);
  const next = contents.items[index];
  if (!pair || !next) return;
  const comments = [pair.key.commentBefore, ` extends: ${String(pair.value)}`, next.key.commentBefore];
  next.key.commentBefore = comments.filter(Boolean).join('\n');
}

function addMissing(into: YAMLMap<Node, Node | null>, from: YAMLMap<Node, Node | null>, isTop: boolean): void {
  for (const pair of from.items) {
    const name = nameKey(pair.key, isTop);
    const own = into.items.find(({key}) => nameKey(key, isTop) === name);
    if (!own) into.items.push(pair);
    else if (isMap<Node, Node | null>(own.value) && isMap<Node, Node | null>(pair.value)) {
      addMissing(own.value, pair.value, false);
    }
  }
}

function nameKey(key: Node, isTop: boolean): string {
  const text = isScalar(key) ? String(key.value) : String(key);
  return isTop ? spellKey(text, MATRIX_ALIASES) : text;
}

/** Renders a mapping as the text of a matrix. */
export function renderBench(value: unknown): string {
  return new Document(value, {version: '1.2', aliasDuplicateObjects: false}).toString({lineWidth: 0});
}
