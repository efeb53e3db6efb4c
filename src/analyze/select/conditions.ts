import {valueText} from '../../core/text/value-text.ts';

/** `column=value`. */
export interface Condition extends Value {
  readonly name: string;
}

/** A value as the user wrote it. */
interface Value {
  readonly value: string;
  /** In double quotes, which are no part of it. */
  readonly isQuoted: boolean;
}

/**
 * `persona=judge,model=x`; a comma that no `name=` follows belongs to the value. A value in double quotes is a text,
 * whatever stands in it: `persona="a nurse, x=1"`, `persona="null"`.
 *
 * @returns null where it is no such text.
 */
export function parseConditions(text: string): Condition[] | null {
  if (!/^[^=,"]+=/.test(text)) return null;
  return [...text.matchAll(/([^=,"]+)=(?:"([^"]*)"(?=,|$)|(.*?)(?=,[^=,"]+=|$))/gs)].map(
    ([, name = '', quoted, plain = '']) => ({
      name: name.trim(),
      value: quoted ?? plain.trim(),
      isQuoted: quoted !== undefined,
    }),
  );
}

/** A value that stands alone. */
export function parseConditionValue(text: string): Value {
  const [, quoted] = /^"([^"]*)"$/.exec(text) ?? [];
  return {value: quoted ?? text, isQuoted: quoted !== undefined};
}

/** Returns the value that is meant: `null` and `"null"` each mean their own; if only one exists, both mean it. */
export function matchValue(values: ReadonlySet<string>, {value, isQuoted}: Value): string | undefined {
  const text = valueText(value);
  return (isQuoted ? [text, value] : [value, text]).find(each => values.has(each));
}
