// ESLint's rule for who may import whom in src/: rooms from top to bottom, and no circles of files or of folders.
import {readdirSync, readFileSync} from 'node:fs';
import {dirname, join, relative, resolve, sep} from 'node:path';

const SRC = resolve(import.meta.dirname, '../src');

/** Reads which file of src/ imports which, types included: an array of [importer, imported] for every import. */
function readImports() {
  const files = readdirSync(SRC, {recursive: true}).filter(file => file.endsWith('.ts'));
  return files.flatMap(file => {
    const text = readFileSync(join(SRC, file), 'utf8');
    const found = text.matchAll(/(?:\bfrom|\bimport\(|^import)\s*'(\.[^']+)'/gm);
    return [...found].map(([, path]) => [file, join(dirname(file), path)]);
  });
}

/** Returns the set of nodes that can be reached from a node, by a map from node to the set of its successors. */
function reach(graph, start) {
  const seen = new Set();
  const open = [start];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    for (const next of graph.get(node) ?? []) {
      if (seen.has(next)) continue;
      seen.add(next);
      open.push(next);
    }
  }
  return seen;
}

/** Returns a function that tells whether an edge belongs to a circle. */
function findCircles(edges) {
  const graph = new Map();
  for (const [from, to] of edges) graph.set(from, (graph.get(from) ?? new Set()).add(to));
  const reached = new Map();
  return (from, to) => {
    if (!reached.has(to)) reached.set(to, reach(graph, to));
    return reached.get(to).has(from);
  };
}

const roomOf = file => file.split(sep)[0];

/** Returns `room/folder` of a file; undefined for a file in its room's own folder, which all of the room may share. */
function folderOf(file) {
  const [room, folder, below] = file.split(sep);
  return below === undefined ? undefined : join(room, folder);
}

const acrossFolders = ([from, to]) =>
  roomOf(from) === roomOf(to) && folderOf(from) && folderOf(to) && folderOf(from) !== folderOf(to);

/** `rows`: the rooms, top to bottom. A room may import from later rows. */
export const importRules = {
  meta: {type: 'problem', schema: [{type: 'array', items: {type: 'array', items: {type: 'string'}}}]},
  create(context) {
    const file = relative(SRC, context.filename);
    if (file.startsWith('..')) return {};
    const [rows] = context.options;
    const row = room => rows.findIndex(rooms => rooms.includes(room));
    importRules.edges ??= readImports();
    importRules.inFileCircle ??= findCircles(importRules.edges);
    importRules.inFolderCircle ??= findCircles(importRules.edges.filter(acrossFolders).map(edge => edge.map(folderOf)));
    const check = node => {
      if (!node.source?.value.startsWith('.')) return;
      const target = join(dirname(file), node.source.value);
      const report = message => context.report({node, message});
      const [from, to] = [roomOf(file), roomOf(target)];
      if (from !== to && row(to) <= row(from))
        report(`${from}/ may not import from ${to}/, a room above or beside it.`);
      if (importRules.inFileCircle(file, target)) report('This import closes a circle of files.');
      if (acrossFolders([file, target]) && importRules.inFolderCircle(folderOf(file), folderOf(target)))
        report(`${folderOf(file)} and ${folderOf(target)} import each other.`);
    };
    return {ImportDeclaration: check, ExportNamedDeclaration: check, ExportAllDeclaration: check};
  },
};
