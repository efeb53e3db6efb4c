import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Schema,
  type Document,
  type Pair,
  type Scalar,
  type ScalarTag,
  type YAMLMap,
} from 'yaml';

// PyYAML's safe loader decides by these expressions, in its order, what a plain scalar is. The yaml package's own tags
// for YAML 1.1 give the values, but would decide otherwise: to them `y` is true, `1e3` and `08` are numbers, and a date
// becomes a Date, which forgets how it was written and accepts days that do not exist.
const BOOLEAN = /^(?:yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$/;
const NULL = /^(?:~|null|Null|NULL|)$/;
const INTEGER = /^[-+]?(?:0b[0-1_]+|0[0-7_]+|0|[1-9][0-9_]*|0x[0-9a-fA-F_]+|[1-9][0-9_]*(?::[0-5]?[0-9])+)$/;
const FLOAT =
  /^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;
const DATE = /^\d{4}-\d\d-\d\d$/;
const TIMESTAMP = /^\d{4}-\d\d?-\d\d?(?:[Tt]|[ \t]+)\d\d?:\d\d:\d\d(?:\.\d*)?(?:[ \t]*(?:Z|[-+]\d\d?(?::\d\d)?))?$/;
const MERGE = '<<';

/** A date or time of YAML 1.1; JSON and we have no such type. */
export class YamlDate {
  readonly text: string;
  readonly hasTime: boolean;

  constructor(text: string, hasTime: boolean) {
    this.text = text;
    this.hasTime = hasTime;
  }

  toJSON(): string {
    return this.text;
  }

  toString(): string {
    return this.text;
  }
}

/** Something that PyYAML's safe loader refuses; `offset` says where in the text it stands. */
export class Yaml11Error extends Error {
  readonly offset: number | undefined;

  constructor(message: string, offset?: number) {
    super(message);
    this.offset = offset;
  }
}

/** Returns the value of a plain scalar in YAML 1.1. @throws Yaml11Error for the few that have none, such as `0b_`. */
function parseScalar11(source: string): unknown {
  if (BOOLEAN.test(source)) return resolveByTag(source, 'bool');
  if (NULL.test(source)) return null;
  if (FLOAT.test(source)) return resolveByTag(source.replaceAll('_', ''), 'float');
  if (INTEGER.test(source)) return resolveByTag(source.replaceAll('_', ''), 'int');
  if (DATE.test(source) || TIMESTAMP.test(source)) return parseDate11(source);
  if (source === '=' || source === MERGE) throw new Yaml11Error(`the sign "${source}", which has no value`);
  return source;
}

const SCALAR_TAGS = new Schema({schema: 'yaml-1.1'}).tags.filter(
  (tag): tag is ScalarTag => tag.collection === undefined,
);

function resolveByTag(source: string, kind: 'bool' | 'int' | 'float'): unknown {
  const known = SCALAR_TAGS.find(({tag, test}) => tag === `tag:yaml.org,2002:${kind}` && test?.test(source));
  if (!known) throw new Yaml11Error(`a number without digits, ${source}`);
  const resolved = known.resolve(source, () => undefined, {intAsBigInt: true});
  const value = isScalar(resolved) ? resolved.value : resolved;
  const isSafe = typeof value === 'bigint' && value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER;
  return isSafe ? Number(value) : value;
}

function parseDate11(source: string): YamlDate {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = (source.match(/\d+/g) ?? []).map(Number);
  const lastDay = month >= 1 && month <= 12 ? new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate() : 0;
  const hasTime = !DATE.test(source);
  const isTime = !hasTime || (hour < 24 && minute < 60 && second < 60);
  if (year < 1 || day < 1 || day > lastDay || !isTime) throw new Yaml11Error(`a date that does not exist, ${source}`);
  return new YamlDate(source, hasTime);
}

/**
 * Says how YAML 1.1 reads a plain scalar where that is not what YAML 1.2 made of it; undefined where both agree.
 *
 * @param value as YAML 1.2 reads it.
 */
export function describeYaml11Reading(source: string, value: unknown): string | undefined {
  if (source === MERGE) return 'a merge key';
  let old: unknown;
  try {
    old = parseScalar11(source);
  } catch (error) {
    return error instanceof Yaml11Error ? error.message : undefined;
  }
  if (old instanceof YamlDate) return `a ${old.hasTime ? 'time' : 'date'}`;
  if (typeof old === 'bigint') return `the number ${old}, of which only a text keeps every digit`;
  if (Object.is(old, value) || old === value) return undefined;
  if (typeof old === 'string') return `the text "${old}"`;
  if (typeof old === 'number') return `the number ${old}`;
  return old === null ? 'null' : old === true ? 'true' : 'false';
}

/**
 * Gives every scalar of a document (parsed without types) its YAML 1.1 value, and puts the entries of `<<` where PyYAML
 * puts them: before the mapping's own, which win.
 *
 * @throws Yaml11Error for tags that the safe loader does not know, keys that are lists or mappings, and the like.
 */
export function resolveYaml11(document: Document.Parsed): void {
  resolveNode(document.contents, document, new Set());
}

function resolveNode(node: unknown, document: Document.Parsed, done: Set<unknown>): void {
  if (done.has(node)) return;
  done.add(node);
  if (isScalar(node)) resolveScalar(node);
  else if (isAlias(node)) resolveNode(node.resolve(document), document, done);
  else if (isSeq(node)) {
    expectTag(node, 'seq');
    for (const item of node.items) resolveNode(item, document, done);
  } else if (isMap(node)) {
    expectTag(node, 'map');
    for (const {key, value} of node.items) {
      const keyNode = isAlias(key) ? key.resolve(document) : key;
      if (!isScalar(keyNode)) throw new Yaml11Error('a key that is a list or a mapping', node.range?.[0]);
      if (!isMergeKey(keyNode)) resolveNode(keyNode, document, done);
      resolveNode(value, document, done);
    }
    flattenMerges(node, document);
  }
}

function resolveScalar(node: Scalar): void {
  const source = node.source ?? '';
  const tag = node.tag?.replace('tag:yaml.org,2002:', '!!');
  const isPlain = node.type === 'PLAIN' || node.type === undefined;
  try {
    if (tag === '!!str' || tag === '!' || (tag === undefined && !isPlain)) return;
    const value = parseScalar11(tag === undefined ? source : String(node.value));
    if (tag !== undefined && !fitsTag(value, tag, source)) {
      throw new Yaml11Error(`the tag ${tag} on ${JSON.stringify(source)}`);
    }
    node.value = tag === '!!null' ? null : value;
  } catch (error) {
    if (error instanceof Yaml11Error) throw new Yaml11Error(error.message, node.range?.[0]);
    throw error;
  }
}

function fitsTag(value: unknown, tag: string, source: string): boolean {
  switch (tag) {
    case '!!null':
      return true;
    case '!!bool':
      return typeof value === 'boolean';
    case '!!int':
      return (typeof value === 'number' || typeof value === 'bigint') && !FLOAT.test(source);
    case '!!float':
      return typeof value === 'number' || typeof value === 'bigint';
    case '!!timestamp':
      return value instanceof YamlDate;
    default:
      return false;
  }
}

function expectTag(node: {tag?: string; range?: readonly number[] | null}, kind: string): void {
  if (node.tag !== undefined && node.tag !== `tag:yaml.org,2002:${kind}`) {
    throw new Yaml11Error(`the unknown tag ${node.tag}`, node.range?.[0]);
  }
}

function isMergeKey(key: unknown): boolean {
  return isScalar(key) && key.value === MERGE && key.type === 'PLAIN';
}

function flattenMerges(map: YAMLMap, document: Document.Parsed): void {
  const isMerge = ({key}: Pair): boolean => isMergeKey(key);
  const merges = map.items.filter(isMerge);
  if (merges.length === 0) return;
  // Of several sources the first wins, so later ones come first and are overwritten.
  const merged = merges.flatMap(({value}) =>
    resolveMergeSources(value, document)
      .reverse()
      .flatMap(({items}) => items),
  );
  map.items = [...merged, ...map.items.filter(pair => !isMerge(pair))];
}

function resolveMergeSources(value: unknown, document: Document.Parsed): YAMLMap[] {
  const node = isAlias(value) ? value.resolve(document) : value;
  const sources = isSeq(node) ? node.items.map(item => (isAlias(item) ? item.resolve(document) : item)) : [node];
  return sources.map(source => {
    if (!isMap(source)) throw new Yaml11Error('a merge (<<) of something that is no mapping');
    return source;
  });
}
