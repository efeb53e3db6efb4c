/** `column=value`. */
export interface Condition {
  readonly name: string;
  readonly value: string;
}

/**
 * `persona=judge,model=x`; a comma that no `name=` follows belongs to the value. A value in double quotes is taken as it is: `persona="a nurse, x=1"`.
 *
 * @returns null where it is no such text.
 */
export function conditionsOf(text: string): Condition[] | null {
  if (!/^[^=,"]+=/.test(text)) return null;
  return [...text.matchAll(/([^=,"]+)=(?:"([^"]*)"(?=,|$)|(.*?)(?=,[^=,"]+=|$))/gs)].map(
    ([, name = '', quoted, plain = '']) => ({name: name.trim(), value: quoted ?? plain.trim()}),
  );
}
