import {
  isMap,
  isNode,
  isPair,
  isScalar,
  LineCounter,
  parseAllDocuments,
  parseDocument,
  visit,
  type Document,
  type Scalar,
} from 'yaml';

import {PythonFloat, withoutPythonFloats} from '../core/python-str.ts';
import {ConfigError, describeValue, type DocumentPath, type Position, type Problem} from './problem.ts';
import {readsDifferently, resolveYaml11} from './yaml-1.1.ts';

/** A parsed file that remembers where everything stood. */
export interface YamlDocument {
  readonly file: string;
  readonly value: unknown;
  /** The same with `1.0` told apart from `1` (PythonFloat): texts are derived from it. */
  readonly raw: unknown;
  /** Where a value stands; where its nearest parent stands if it is not there itself. */
  readonly locate: (path: DocumentPath) => Position | undefined;
}

/**
 * Parses a config that a user wrote: YAML 1.2. Texts that YAML 1.1 (the older system's reader, and PyYAML's) would take for something else are
 * problems, because one file must mean one thing.
 *
 * @throws ConfigError with every problem of the file.
 */
export function parseYaml(text: string, file: string): YamlDocument {
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, {lineCounter: lines, version: '1.2', uniqueKeys: true});
  const [document] = Array.isArray(documents) ? documents : [];
  const at = (offset: number): Position => ({line: lines.linePos(offset).line, column: lines.linePos(offset).col});
  if (!document || document.contents === null) {
    throw problem(file, {found: 'an empty file', expected: 'a config'});
  }
  if (documents.length > 1) {
    throw problem(file, {found: `${documents.length} documents (separated by ---)`, expected: 'one'});
  }
  const problems = document.errors.map(({code, message, pos}) => describeSyntax(file, at(pos[0]), code, message));
  if (problems.length > 0) throw new ConfigError(problems);
  if (!isMap(document.contents)) {
    throw problem(file, {found: describeValue(document.toJS()), expected: 'a mapping of config sections'});
  }
  const ambiguous = findAmbiguous(document, file, at);
  if (ambiguous.length > 0) throw new ConfigError(ambiguous);
  return finish(document, file, at);
}

/**
 * Parses a file as the older system did: YAML 1.1 by PyYAML's rules, duplicate keys: the last counts. For its snapshots, and for what we write, which
 * reads alike in both.
 *
 * @throws ConfigError when it is no YAML.
 */
export function parseYaml11(text: string, file: string): YamlDocument {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    version: '1.1',
    schema: 'failsafe',
    uniqueKeys: false,
    merge: true,
    strict: false,
    customTags: [],
  });
  const at = (offset: number): Position => ({line: lines.linePos(offset).line, column: lines.linePos(offset).col});
  const problems = document.errors.map(({code, message, pos}) => describeSyntax(file, at(pos[0]), code, message));
  if (problems.length > 0) throw new ConfigError(problems);
  resolveYaml11(document);
  return finish(document, file, at);
}

function finish(document: Document.Parsed, file: string, at: (offset: number) => Position): YamlDocument {
  markFloats(document);
  const raw: unknown = document.toJS({maxAliasCount: 1000});
  return {
    file,
    raw,
    value: withoutPythonFloats(raw),
    locate: path => {
      for (let length = path.length; length >= 0; length--) {
        const offset = offsetOf(document, path.slice(0, length));
        if (offset !== undefined) return at(offset);
      }
      return undefined;
    },
  };
}

function markFloats(document: Document.Parsed): void {
  visit(document, {
    Scalar(_key, node) {
      const scalar = node as Scalar & {source?: string};
      const {value, source = ''} = scalar;
      if (typeof value === 'number' && Number.isInteger(value) && /[.eE]/.test(source) && !/^[-+]?0x/i.test(source)) {
        scalar.value = new PythonFloat(value);
      }
    },
  });
}

/** Where the key of an entry stands, for a mapping's entry; else where the value stands. */
function offsetOf(document: Document.Parsed, path: DocumentPath): number | undefined {
  if (path.length === 0) return (document.contents as {range?: readonly number[]} | null)?.range?.[0];
  const parent: unknown = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  const last = path[path.length - 1];
  if (isMap(parent)) {
    const pair = parent.items.find(({key}) => isScalar(key) && String(key.value) === String(last));
    return pair && isNode(pair.key) ? pair.key.range?.[0] : undefined;
  }
  const node: unknown = document.getIn(path, true);
  return isNode(node) ? node.range?.[0] : undefined;
}

function findAmbiguous(document: Document.Parsed, file: string, at: (offset: number) => Position): Problem[] {
  const problems: Problem[] = [];
  visit(document, {
    Scalar(_key, node, ancestors) {
      const scalar = node as Scalar & {source?: string};
      if (scalar.type !== 'PLAIN' || scalar.source === undefined) return;
      const other = readsDifferently(scalar.source, scalar.value);
      if (other === undefined) return;
      problems.push({
        file,
        position: node.range ? at(node.range[0]) : undefined,
        path: pathOf(ancestors),
        found: scalar.source,
        expected: 'a text or number that all YAML readers take alike',
        hint: `YAML 1.1 reads it as ${other}: quote it ('${scalar.source}') if it is a text, else write the value itself`,
      });
    },
  });
  return problems;
}

function pathOf(ancestors: readonly unknown[]): string[] {
  return ancestors.flatMap(node => (isPair(node) && isScalar(node.key) ? [String(node.key.value)] : []));
}

function problem(file: string, parts: {found: string; expected: string; hint?: string}): ConfigError {
  return new ConfigError([{file, path: [], ...parts}]);
}

const SYNTAX_HINTS: Readonly<Record<string, {expected: string; hint?: string}>> = {
  TAB_AS_INDENT: {expected: 'spaces', hint: 'YAML is indented with spaces, never with tabs'},
  DUPLICATE_KEY: {expected: 'every key once', hint: 'YAML keeps only one of them; remove the other'},
  BAD_INDENT: {expected: 'an indentation that fits the lines above'},
};

function describeSyntax(file: string, position: Position, code: string, message: string): Problem {
  const known = SYNTAX_HINTS[code];
  // The library's first line says what is wrong; the rest repeats the place.
  const found = (message.split('\n')[0] ?? message).replace(/ at line \d+, column \d+:?$/, '');
  return {file, position, path: [], found, expected: known?.expected ?? 'valid YAML', hint: known?.hint};
}
