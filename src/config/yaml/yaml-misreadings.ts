import {
  isAlias,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  visit,
  type Document,
  type Pair,
  type Scalar,
  type YAMLMap,
} from 'yaml';

import {isSecretKey} from '../../core/secrets.ts';
import type {DocumentPath, Position, Problem} from '../problem.ts';
import {describeYaml11Reading} from './yaml-1.1.ts';

/** The line and column of an offset in the text. */
export type Positions = (offset: number) => Position;

interface Place {
  readonly file: string;
  readonly at: Positions;
}

/** The one misreading that leaves no value to go on with. */
export const KEY_WITHOUT_NAME = 'a key that is a list, a mapping or an alias';

/** Finds what readers, or people, understand in different ways. */
export function findMisreadings(document: Document.Parsed, place: Place): Problem[] {
  return [...describeDirective(document, place.file), ...findInNodes(document, place)];
}

function describeDirective({directives}: Document.Parsed, file: string): Problem[] {
  const {explicit, version} = directives.yaml;
  if (!explicit || version === '1.2') return [];
  return [
    {
      file,
      position: {line: 1, column: 1},
      path: [],
      found: `the directive %YAML ${version}`,
      expected: 'YAML 1.2',
      hint: 'remove the line',
    },
  ];
}

function findInNodes(document: Document.Parsed, {file, at}: Place): Problem[] {
  const problems: Problem[] = [];
  const report = (node: {range?: readonly number[] | null}, path: DocumentPath, what: Omit<Problem, 'file' | 'path'>) =>
    problems.push({file, position: node.range ? at(node.range[0] ?? 0) : undefined, path, ...what});
  visit(document, {
    Node(_key, node, ancestors) {
      if (isAlias(node)) return;
      if (isMap(node))
        for (const twice of findDuplicateKeys(node))
          report(twice.key, [...nodePath(ancestors, node), String(twice.key.value)], describeDuplicate(twice, at));
      if (node.tag !== undefined) {
        const found = `the tag ${node.tag.replace('tag:yaml.org,2002:', '!!')}`;
        report(node, nodePath(ancestors, node), {
          found,
          expected: 'a plain value',
          hint: 'quote a text to keep it a text',
        });
        return visit.SKIP;
      }
      if (!isScalar(node) || node.type !== 'PLAIN' || node.source === undefined) return;
      const other = describeYaml11Reading(node.source, node.value);
      if (other === undefined) return;
      const path = nodePath(ancestors, node);
      if (node.source === 'yes' && path.at(-1) === 'system_role') return; // `true` means the same there
      report(node, path, isSecretKey(path.at(-1)) ? SECRET : describeAmbiguous(node.source, other));
    },
    Pair(_key, {key}, ancestors) {
      if (isScalar(key) || !isNode(key)) return;
      report(key, nodePath(ancestors, key), {found: KEY_WITHOUT_NAME, expected: 'a text'});
    },
  });
  return problems;
}

interface DuplicateKey {
  readonly key: Scalar;
  readonly first: Scalar;
}

/** Returns the keys of a mapping that stand in it already; `1` and `"1"` are one key to us. */
function findDuplicateKeys({items}: YAMLMap): DuplicateKey[] {
  const firsts = new Map<string, Scalar>();
  const twice: DuplicateKey[] = [];
  for (const {key} of items) {
    if (!isScalar(key)) continue;
    const first = firsts.get(String(key.value));
    if (first) twice.push({key, first});
    else firsts.set(String(key.value), key);
  }
  return twice;
}

function describeDuplicate({key, first}: DuplicateKey, at: Positions): Omit<Problem, 'file' | 'path'> {
  const {line, column} = at(first.range?.[0] ?? 0);
  const found = `the key ${String(key.value)} a second time`;
  return {found, expected: `every key once: it stands at ${line}:${column} already`, hint: 'remove one of the two'};
}

const SECRET = {found: 'what looks like a secret', expected: 'no secrets in a config'};

function describeAmbiguous(source: string, other: string): Omit<Problem, 'file' | 'path'> {
  if (source === '<<') {
    return {found: 'a merge key (<<)', expected: 'the keys themselves', hint: 'YAML 1.2 has no merge keys'};
  }
  return {
    found: source,
    expected: 'a text or number that all YAML readers take alike',
    hint: `YAML 1.1 reads it as ${other}: quote it ('${source}') if it is a text, else write the value itself`,
  };
}

/** Returns the keys and indices from the root to a node. */
function nodePath(ancestors: readonly unknown[], node: unknown): (string | number)[] {
  const chain = [...ancestors, node];
  return chain.flatMap((each, i): (string | number)[] => {
    const child = chain[i + 1];
    if (isPair(each) && isScalar(each.key)) return [String((each as Pair<Scalar>).key.value)];
    if (isSeq(each) && child !== undefined) return [each.items.indexOf(child)];
    return [];
  });
}
