import {isScalar, visit, type Document, type Scalar} from 'yaml';

/** What PyYAML's safe loader makes of plain scalars (its resolver's expressions, tried in its order). */
const BOOLEAN = /^(?:yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$/;
const NULL = /^(?:~|null|Null|NULL|)$/;
const INTEGER = /^[-+]?(?:0b[0-1_]+|0[0-7_]+|0|[1-9][0-9_]*|0x[0-9a-fA-F_]+|[1-9][0-9_]*(?::[0-5]?[0-9])+)$/;
const FLOAT =
  /^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;
const DATE = /^\d{4}-\d\d-\d\d$/;
const TIMESTAMP = /^\d{4}-\d\d?-\d\d?(?:[Tt]|[ \t]+)\d\d?:\d\d:\d\d(?:\.\d*)?(?:[ \t]*(?:Z|[-+]\d\d?(?::\d\d)?))?$/;

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

/** The value of a plain scalar in YAML 1.1. */
export function scalar11(source: string): unknown {
  if (BOOLEAN.test(source)) return /^(?:yes|true|on)$/i.test(source);
  if (NULL.test(source)) return null;
  if (FLOAT.test(source)) return float11(source.replaceAll('_', '').toLowerCase());
  if (INTEGER.test(source)) return integer11(source.replaceAll('_', ''));
  if (DATE.test(source)) return new YamlDate(source, false);
  if (TIMESTAMP.test(source)) return new YamlDate(source, true);
  return source;
}

function float11(text: string): number {
  const sign = text.startsWith('-') ? -1 : 1;
  const digits = text.replace(/^[-+]/, '');
  if (digits === '.inf') return sign * Infinity;
  if (digits === '.nan') return NaN;
  return sign * (digits.includes(':') ? sexagesimal(digits) : Number(digits));
}

function integer11(text: string): number | bigint {
  const sign = text.startsWith('-') ? -1n : 1n;
  const digits = text.replace(/^[-+]/, '');
  const value = digits.includes(':')
    ? BigInt(sexagesimal(digits))
    : /^0[bx]/.test(digits)
      ? BigInt(digits)
      : /^0\d/.test(digits)
        ? BigInt(`0o${digits.slice(1)}`)
        : BigInt(digits);
  const signed = sign * value;
  return signed >= Number.MIN_SAFE_INTEGER && signed <= Number.MAX_SAFE_INTEGER ? Number(signed) : signed;
}

/** Base 60: `1:30` is 90. */
function sexagesimal(text: string): number {
  return text.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
}

/**
 * How YAML 1.1 reads a plain scalar, in words, where that is not what YAML 1.2 made of it; undefined where both agree.
 *
 * @param value as YAML 1.2 reads it.
 */
export function readsDifferently(source: string, value: unknown): string | undefined {
  const old = scalar11(source);
  if (old instanceof YamlDate) return `a ${old.hasTime ? 'time' : 'date'}`;
  if (typeof old === 'bigint') return typeof value === 'number' ? undefined : `the number ${old}`;
  if (Object.is(old, value) || old === value) return undefined;
  if (typeof old === 'string') return `the text "${old}"`;
  if (typeof old === 'number') return `the number ${old}`;
  return old === null ? 'null' : old === true ? 'true' : 'false';
}

/** Gives every plain scalar of a document (parsed without types) its YAML 1.1 value. */
export function resolveYaml11(document: Document.Parsed): void {
  visit(document, {
    Scalar(_key, node) {
      const scalar = node as Scalar & {source?: string};
      if (isScalar(node) && scalar.type === 'PLAIN' && !scalar.tag?.startsWith('tag:yaml.org,2002:str')) {
        scalar.value = scalar11(scalar.source ?? '');
      }
    },
  });
}
