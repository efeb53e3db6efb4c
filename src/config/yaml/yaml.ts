import {
  isMap,
  isNode,
  isScalar,
  LineCounter,
  parseAllDocuments,
  parseDocument,
  visit,
  type Document,
  type YAMLError,
  type YAMLWarning,
} from 'yaml';

import {errorMessage} from '../../core/errors.ts';
import {PythonFloat, withoutPythonFloats} from '../../core/python/python-str.ts';
import {ConfigError, describeValue, type DocumentPath, type Position, type Problem} from '../problem.ts';
import {resolveYaml11, Yaml11Error} from './yaml-1.1.ts';
import {findMisreadings, KEY_WITHOUT_NAME, type Positions} from './yaml-misreadings.ts';

/** The finding in a file without anything but comments. */
export const EMPTY_FILE = 'an empty file';

/** A parsed file that remembers where everything stood. */
export interface YamlDocument {
  readonly file: string;
  /**
   * Faults in how it is written, though it can be understood: keys that stand twice, texts that not all readers take
   * alike.
   */
  readonly problems: readonly Problem[];
  readonly value: unknown;
  /** The same with `1.0` told apart from `1` (PythonFloat): texts are derived from it. */
  readonly raw: unknown;
  /** Returns the place of a value; that of its nearest parent if it is not there itself. */
  readonly locate: (path: DocumentPath) => Position | undefined;
}

/**
 * Parses a file that a user wrote: YAML 1.2. Texts that YAML 1.1 (the older system's reader, and PyYAML's) would take
 * for something else are problems, because one file must mean one thing.
 *
 * @throws ConfigError with every problem of the file.
 */
export function parseYaml(text: string, file: string): YamlDocument {
  const document = readYaml(text, file);
  if (document.problems.length > 0) throw new ConfigError(document.problems);
  return document;
}

/**
 * Does the same for one who has more to check: faults that do not keep the file from being understood are in
 * `problems`.
 *
 * @throws ConfigError when there is nothing to go on with.
 */
export function readYaml(text: string, file: string): YamlDocument {
  return guard(file, () => {
    const lines = new LineCounter();
    // Keys that stand twice are looked for below: the library compares each with each, and says neither which nor where
    // the first one is.
    const documents = parseAllDocuments(text, {lineCounter: lines, version: '1.2', uniqueKeys: false});
    const [document] = Array.isArray(documents) ? documents : [];
    const at = positions(lines);
    if (!document || document.contents === null) throw problem(file, {found: EMPTY_FILE, expected: 'a config'});
    if (documents.length > 1) {
      throw problem(file, {found: `${documents.length} documents (separated by ---)`, expected: 'one'});
    }
    // Tags, which the library only warns of, are among the misreadings.
    const warnings = document.warnings.filter(({code}) => code !== 'TAG_RESOLVE_FAILED');
    refuseErrors([...document.errors, ...warnings], file, at);
    if (!isMap(document.contents)) {
      throw problem(file, {found: describeValue(document.toJS()), expected: 'a mapping of config sections'});
    }
    const problems = findMisreadings(document, {file, at});
    if (problems.some(({found}) => found === KEY_WITHOUT_NAME)) throw new ConfigError(problems);
    return finish(document, problems, {file, at});
  });
}

/**
 * Parses a file as the older system did: YAML 1.1 by PyYAML's rules, duplicate keys: the last counts. For its
 * snapshots, and for what we write, which reads alike in both.
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
      if (!(error instanceof Yaml11Error)) throw error;
      const position = error.offset === undefined ? undefined : at(error.offset);
      throw new ConfigError([{file, position, path: [], found: error.message, expected: 'what YAML 1.1 can read'}]);
    }
    return finish(document, [], {file, at});
  });
}

/** Blames the text for what the library throws: aliases without an anchor, nesting beyond all measure. */
function guard(file: string, parse: () => YamlDocument): YamlDocument {
  try {
    return parse();
  } catch (error) {
    if (error instanceof RangeError) throw problem(file, {found: 'a nesting that is too deep', expected: 'a config'});
    if (error instanceof ReferenceError) {
      throw problem(file, {
        found: `an alias (*) that cannot be used: ${errorMessage(error)}`,
        expected: 'few, known aliases',
      });
    }
    throw error;
  }
}

function positions(lines: LineCounter): Positions {
  return offset => {
    const {line, col} = lines.linePos(offset);
    return {line, column: col};
  };
}

function refuseErrors(errors: readonly (YAMLError | YAMLWarning)[], file: string, at: Positions): void {
  if (errors.length === 0) return;
  const problems = errors.map(({code, message, pos}) => describeSyntax(file, at(pos[0]), code, message));
  // One slip makes the library complain at every level of nesting.
  const told = new Set<number>();
  throw new ConfigError(
    problems.filter((_, i) => !told.has(errors[i]?.pos[0] ?? 0) && told.add(errors[i]?.pos[0] ?? 0)),
  );
}

function finish(
  document: Document.Parsed,
  problems: readonly Problem[],
  {file, at}: {readonly file: string; readonly at: Positions},
): YamlDocument {
  markFloats(document);
  const raw: unknown = document.toJS({maxAliasCount: 1000});
  return {
    file,
    problems,
    raw,
    value: withoutPythonFloats(raw),
    locate: path => {
      for (let length = path.length; length >= 0; length--) {
        const offset = findOffset(document, path.slice(0, length));
        if (offset !== undefined) return at(offset);
      }
      return undefined;
    },
  };
}

/** Marks whole numbers that were written as floats; a whole zero has no sign. */
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

/** Returns where the key of a mapping's entry stands; of anything else where the value stands. */
function findOffset(document: Document.Parsed, path: DocumentPath): number | undefined {
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

function problem(file: string, parts: {found: string; expected: string; hint?: string}): ConfigError {
  return new ConfigError([{file, path: [], ...parts}]);
}

const SYNTAX: Readonly<Record<string, {found?: string; expected: string; hint?: string}>> = {
  TAB_AS_INDENT: {
    found: 'a tab in the indentation',
    expected: 'spaces',
    hint: 'YAML is indented with spaces, never with tabs',
  },
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
