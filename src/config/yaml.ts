import {
  isAlias,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  parseAllDocuments,
  parseDocument,
  visit,
  type Document,
  type Pair,
  type Scalar,
  type YAMLError,
  type YAMLWarning,
} from 'yaml';

import {messageOf} from '../core/errors.ts';
import {PythonFloat, withoutPythonFloats} from '../core/python-str.ts';
import {ConfigError, describeValue, isSecretKey, type DocumentPath, type Position, type Problem} from './problem.ts';
import {readsDifferently, resolveYaml11, Unreadable11} from './yaml-1.1.ts';

/** A parsed file that remembers where everything stood. */
export interface YamlDocument {
  readonly file: string;
  readonly value: unknown;
  /** The same with `1.0` told apart from `1` (PythonFloat): texts are derived from it. */
  readonly raw: unknown;
  /** Where a value stands; where its nearest parent stands if it is not there itself. */
  readonly locate: (path: DocumentPath) => Position | undefined;
}

type At = (offset: number) => Position;

/**
 * Parses a config that a user wrote: YAML 1.2. Texts that YAML 1.1 (the older system's reader, and PyYAML's) would take for something else are
 * problems, because one file must mean one thing.
 *
 * @throws ConfigError with every problem of the file.
 */
export function parseYaml(text: string, file: string): YamlDocument {
  return guard(file, () => {
    const lines = new LineCounter();
    const documents = parseAllDocuments(text, {lineCounter: lines, version: '1.2', uniqueKeys: isSameKey});
    const [document] = Array.isArray(documents) ? documents : [];
    const at = positions(lines);
    if (!document || document.contents === null) throw problem(file, {found: 'an empty file', expected: 'a config'});
    if (documents.length > 1) {
      throw problem(file, {found: `${documents.length} documents (separated by ---)`, expected: 'one'});
    }
    refuseErrors([...document.errors, ...document.warnings], file, at);
    if (!isMap(document.contents)) {
      throw problem(file, {found: describeValue(document.toJS()), expected: 'a mapping of config sections'});
    }
    const problems = [...describeDirective(document, file), ...findAmbiguous(document, file, at)];
    if (problems.length > 0) throw new ConfigError(problems);
    return finish(document, file, at);
  });
}

/**
 * Parses a file as the older system did: YAML 1.1 by PyYAML's rules, duplicate keys: the last counts. For its snapshots, and for what we write, which
 * reads alike in both.
 *
 * @throws ConfigError when it is no YAML.
 */
export function parseYaml11(text: string, file: string): YamlDocument {
  return guard(file, () => {
    const lines = new LineCounter();
    const document = parseDocument(text, {
      lineCounter: lines,
      version: '1.1',
      schema: 'failsafe',
      uniqueKeys: false,
      strict: false,
      customTags: [],
    });
    const at = positions(lines);
    // Its warnings are about tags, which are judged below by the other rules.
    refuseErrors(document.errors, file, at);
    try {
      resolveYaml11(document);
    } catch (error) {
      if (!(error instanceof Unreadable11)) throw error;
      const position = error.offset === undefined ? undefined : at(error.offset);
      throw new ConfigError([{file, position, path: [], found: error.message, expected: 'what YAML 1.1 can read'}]);
    }
    return finish(document, file, at);
  });
}

/** What the library throws for a text is the text's fault: aliases without an anchor, nesting beyond all measure. */
function guard(file: string, parse: () => YamlDocument): YamlDocument {
  try {
    return parse();
  } catch (error) {
    if (error instanceof RangeError) throw problem(file, {found: 'a nesting that is too deep', expected: 'a config'});
    if (error instanceof ReferenceError) {
      throw problem(file, {
        found: `an alias (*) that cannot be used: ${messageOf(error)}`,
        expected: 'few, known aliases',
      });
    }
    throw error;
  }
}

function positions(lines: LineCounter): At {
  return offset => {
    const {line, col} = lines.linePos(offset);
    return {line, column: col};
  };
}

/** `1` and `"1"` are one key to us. */
function isSameKey(a: unknown, b: unknown): boolean {
  return a === b || (isScalar(a) && isScalar(b) && String(a.value) === String(b.value));
}

function refuseErrors(errors: readonly (YAMLError | YAMLWarning)[], file: string, at: At): void {
  if (errors.length === 0) return;
  throw new ConfigError(errors.map(({code, message, pos}) => describeSyntax(file, at(pos[0]), code, message)));
}

function finish(document: Document.Parsed, file: string, at: At): YamlDocument {
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

/** Whole numbers that were written as floats are marked; a whole zero has no sign. */
function markFloats(document: Document.Parsed): void {
  visit(document, {
    Scalar(_key, node) {
      const {value, source = ''} = node;
      if (typeof value !== 'number' || !Number.isInteger(value)) return;
      const isFloat = /[.eE]/.test(source) && !/^[-+]?0x/i.test(source);
      if (isFloat) node.value = new PythonFloat(value);
      else if (value === 0) node.value = 0;
    },
  });
}

/** Where the key of an entry stands, for a mapping's entry; else where the value stands. */
function offsetOf(document: Document.Parsed, path: DocumentPath): number | undefined {
  if (path.length === 0) return document.contents?.range[0];
  const parent: unknown = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  const last = path[path.length - 1];
  if (isMap(parent)) {
    const pair = parent.items.find(({key}) => isScalar(key) && String(key.value) === String(last));
    return pair && isNode(pair.key) ? pair.key.range?.[0] : undefined;
  }
  const node: unknown = document.getIn(path, true);
  return isNode(node) ? node.range?.[0] : undefined;
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

function findAmbiguous(document: Document.Parsed, file: string, at: At): Problem[] {
  const problems: Problem[] = [];
  const report = (node: {range?: readonly number[] | null}, path: DocumentPath, what: Omit<Problem, 'file' | 'path'>) =>
    problems.push({file, position: node.range ? at(node.range[0] ?? 0) : undefined, path, ...what});
  visit(document, {
    Node(_key, node, ancestors) {
      if (isAlias(node)) return;
      if (node.tag !== undefined) {
        const found = `the tag ${node.tag.replace('tag:yaml.org,2002:', '!!')}`;
        report(node, pathOf(ancestors, node), {
          found,
          expected: 'a plain value',
          hint: 'quote a text to keep it a text',
        });
        return visit.SKIP;
      }
      if (!isScalar(node) || node.type !== 'PLAIN' || node.source === undefined) return;
      const other = readsDifferently(node.source, node.value);
      if (other === undefined) return;
      const path = pathOf(ancestors, node);
      report(node, path, isSecretKey(path.at(-1)) ? SECRET : describeAmbiguous(node.source, other));
    },
    Pair(_key, {key}, ancestors) {
      if (isScalar(key) || !isNode(key)) return;
      report(key, pathOf(ancestors, key), {found: 'a key that is a list, a mapping or an alias', expected: 'a text'});
    },
  });
  return problems;
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

/** Keys and indices from the root to a node. */
function pathOf(ancestors: readonly unknown[], node: unknown): (string | number)[] {
  const chain = [...ancestors, node];
  return chain.flatMap((each, i): (string | number)[] => {
    const child = chain[i + 1];
    if (isPair(each) && isScalar(each.key)) return [String((each as Pair<Scalar>).key.value)];
    if (isSeq(each) && child !== undefined) return [each.items.indexOf(child)];
    return [];
  });
}

function problem(file: string, parts: {found: string; expected: string; hint?: string}): ConfigError {
  return new ConfigError([{file, path: [], ...parts}]);
}

const SYNTAX: Readonly<Record<string, {found?: string; expected: string; hint?: string}>> = {
  TAB_AS_INDENT: {
    found: 'a tab in the indentation',
    expected: 'spaces',
    hint: 'YAML is indented with spaces, never with tabs',
  },
  DUPLICATE_KEY: {found: 'a key a second time', expected: 'every key once', hint: 'remove one of the two'},
  BAD_INDENT: {expected: 'an indentation that fits the lines above'},
  TAG_RESOLVE_FAILED: {expected: 'a plain value', hint: 'quote a text to keep it a text'},
  MULTIPLE_DOCS: {found: 'several documents (separated by ---)', expected: 'one'},
};

function describeSyntax(file: string, position: Position, code: string, message: string): Problem {
  const known = SYNTAX[code];
  // The library's first line says what is wrong; the rest repeats the place.
  const words = (message.split('\n')[0] ?? message).replace(/ at line \d+, column \d+:?$/, '');
  const isTooDeep = words.includes('call stack');
  const found = isTooDeep ? 'a nesting that is too deep' : (known?.found ?? words);
  return {file, position, path: [], found, expected: known?.expected ?? 'valid YAML', hint: known?.hint};
}
