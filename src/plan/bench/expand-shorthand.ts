import {isMap, isScalar, isSeq, parseDocument, type Document, type Node} from 'yaml';

import {normalizeTaskId} from '../../optimize/registry.ts';

/** Stands for all tasks of the folder. */
const WHOLE_FOLDER = 'llm4ad:all';

/** Returns the folder whose tasks a matrix asks to list; null for the usual one, undefined when it asks for none. */
export function findFolderShorthand(text: string): string | null | undefined {
  if (!/\ball\b/.test(text)) return undefined;
  const document = parseDocument(text, {uniqueKeys: false});
  if (document.errors.length > 0 || listEntries(document).length === 0) return undefined;
  const root: unknown = document.get('root') ?? document.get('tasks_root');
  return typeof root === 'string' ? root : null;
}

/**
 * Replaces the shorthand for all tasks of a folder by the tasks, each with the arguments of the shorthand, so that a
 * run's snapshot has what was there.
 */
export function expandFolderShorthand(text: string, ids: readonly string[]): string {
  const document = parseDocument(text, {uniqueKeys: false});
  const tasks: unknown = document.get('tasks', true);
  if (!isSeq<Node>(tasks)) return text;
  const entries = new Set(listEntries(document));
  tasks.items = tasks.items.flatMap(item =>
    entries.has(item) ? ids.map(id => renameEntry(document, item, id)) : [item],
  );
  return document.toString({lineWidth: 0});
}

function listEntries(document: Document.Parsed): Node[] {
  const tasks: unknown = document.get('tasks', true);
  return isSeq<Node>(tasks) ? tasks.items.filter(item => readId(item) === WHOLE_FOLDER) : [];
}

const ID_KEYS = ['id', 'key', 'task'];

function readId(item: Node): string | undefined {
  const id: unknown = isScalar(item)
    ? item.value
    : isMap(item)
      ? ID_KEYS.map(key => item.get(key)).find(Boolean)
      : null;
  return typeof id === 'string' ? normalizeTaskId(id) : undefined;
}

function renameEntry(document: Document.Parsed, item: Node, id: string): Node {
  if (!isMap(item)) return document.createNode(id);
  const {id: _id, key: _key, task: _task, ...rest} = item.toJSON() as Record<string, unknown>;
  return document.createNode({id, ...rest});
}
