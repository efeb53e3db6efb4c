import {parsePythonJson} from '../../core/python/python-json.ts';
import {strippedForm} from '../matching/normal-form.ts';
import {repeatsKey} from './repeated-keys.ts';

export type Fields = Readonly<Record<string, unknown>>;

/** An object that has an answer. */
export interface AnswerFields {
  readonly fields: Fields;
  /** It was not asked for in this shape, but says the same. */
  readonly isReshaped: boolean;
  /** It answers twice, and differently. */
  readonly isContradictory: boolean;
}

/** Keys whose objects are not the answer. */
const DRAFTS = /draft|thought|think|reason|example|sample|format|template|initial|alternativ|previous|old/i;
const DEPTH = 3;

/**
 * Reads the fields of an object that has an answer under one of some names: in any case, with a colon or marks around
 * the key, one object deeper, or as JSON in a text. Undefined when it has none, or more than one to choose from.
 */
export function readFields(
  value: unknown,
  answerNames: readonly string[],
  names: readonly string[],
  depth = DEPTH,
): AnswerFields | undefined {
  const object = asObject(value);
  if (!object || depth === 0) return undefined;
  const {fields, isRenamed} = nameKeys(object.fields, names);
  const isReshaped = object.isText || isRenamed;
  const isContradictory = disagrees(object.fields, answerNames);
  const name = answerNames.find(each => fields[each] !== undefined && fields[each] !== null);
  const inner =
    name === undefined
      ? readOnlyMember(fields, answerNames, names, depth)
      : readFields(fields[name], answerNames, names, depth - 1);
  if (inner) {
    const merged = name === undefined ? inner.fields : {...fields, ...inner.fields};
    return {fields: merged, isReshaped: true, isContradictory: isContradictory || inner.isContradictory};
  }
  return answerNames.some(each => Object.hasOwn(fields, each)) ? {fields, isReshaped, isContradictory} : undefined;
}

/** Keys under which models repeat or correct their answer. */
const SAYS_AGAIN = /^(?:(?:my|the)_)?(?:final|corrected|correct|revised|updated|actual|new|true)_(?:answer|choice)$/;

/**
 * Returns whether an object answers twice, differently: under two spellings of a name, or as its "final_answer", too.
 */
function disagrees(object: Fields, answerNames: readonly string[]): boolean {
  return answerNames.some(name => {
    const again = ['answer', 'verdict'].includes(name) ? SAYS_AGAIN : undefined;
    const said = Object.entries(object)
      .filter(([key]) => plainKey(key) === name || again?.test(plainKey(key)))
      .map(([, value]) => value)
      .filter(value => typeof value === 'string' && value.trim() !== '');
    return new Set(said.map(value => strippedForm(String(value)))).size > 1;
  });
}

/** Reads the only member that is an object with an answer. */
function readOnlyMember(
  fields: Fields,
  answerNames: readonly string[],
  names: readonly string[],
  depth: number,
): AnswerFields | undefined {
  const found = Object.entries(fields)
    .filter(([key]) => !DRAFTS.test(key))
    .map(([, value]) => readFields(value, answerNames, names, depth - 1))
    .filter(each => each !== undefined);
  return found.length === 1 ? found[0] : undefined;
}

function asObject(value: unknown): {fields: Fields; isText: boolean} | undefined {
  if (typeof value === 'string') {
    const text = value.trim();
    const parsed = text.startsWith('{') || text.startsWith('[') ? parsePythonJson(text) : undefined;
    const isObject = parsed !== undefined && typeof parsed.value === 'object' && !repeatsKey(text);
    const inner = isObject ? asObject(parsed.value) : undefined;
    return inner && {...inner, isText: true};
  }
  if (Array.isArray(value)) {
    const inner = value.length === 1 && typeof value[0] === 'object' ? asObject(value[0]) : undefined;
    return inner && {...inner, isText: true};
  }
  return value !== null && typeof value === 'object' ? {fields: value as Fields, isText: false} : undefined;
}

/** Renames keys that differ from a field's name in case and marks only. */
function nameKeys(object: Fields, names: readonly string[]): {fields: Fields; isRenamed: boolean} {
  const renamed = new Map<string, string>();
  for (const name of names) {
    const keys = Object.hasOwn(object, name) ? [] : Object.keys(object).filter(key => plainKey(key) === name);
    if (keys.length === 1 && keys[0] !== undefined) renamed.set(keys[0], name);
  }
  if (renamed.size === 0) return {fields: object, isRenamed: false};
  const entries = Object.entries(object).map(([key, value]) => [renamed.get(key) ?? key, value] as const);
  return {fields: Object.fromEntries(entries), isRenamed: true};
}

function plainKey(key: string): string {
  return key
    .trim()
    .toLowerCase()
    .replace(/[\s-]+/g, '_')
    .replace(/[^\p{L}\p{N}_]|^_+|_+$/gu, '');
}
