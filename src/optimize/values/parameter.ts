export type Json = null | boolean | number | string | readonly Json[] | {readonly [key: string]: Json};

export const VALUE_KINDS = ['number', 'text', 'code', 'json', 'choice'] as const;
export type ValueKind = (typeof VALUE_KINDS)[number];

/** A named value that a task runs with, and that a trainer may change where it is trainable. */
export interface Parameter {
  readonly name: string;
  readonly kind: ValueKind;
  /** At the start of every job. */
  readonly value: Json;
  readonly trainable: boolean;
  readonly description?: string | undefined;
  /** Of numbers. */
  readonly min?: number | undefined;
  readonly max?: number | undefined;
  readonly integer?: boolean | undefined;
  /** First step of the heuristic proposer; default 1. */
  readonly step?: number | undefined;
  /** All values of a choice. */
  readonly choices?: readonly Json[] | undefined;
  /** Values that the heuristic proposer tries, of texts, code and JSON. */
  readonly suggestions?: readonly Json[] | undefined;
}

/** The values of all parameters of a task by name. Never changed: a proposal is another object. */
export type Values = Readonly<Record<string, Json>>;

export function initialValues(parameters: readonly Parameter[]): Values {
  return Object.fromEntries(parameters.map(({name, value}) => [name, value]));
}

/** A value that a parameter can have, or what is wrong with it. */
export type CheckedValue = {readonly ok: true; readonly value: Json} | {readonly ok: false; readonly problem: string};

/** Checks a value against a parameter's kind and bounds. Nothing is converted: `"3"` is no number. */
export function checkValue(parameter: Parameter, value: Json): CheckedValue {
  const problem = findProblem(parameter, value);
  return problem === undefined ? {ok: true, value} : {ok: false, problem: `${parameter.name}: ${problem}`};
}

function findProblem(parameter: Parameter, value: Json): string | undefined {
  switch (parameter.kind) {
    case 'number':
      return findNumberProblem(parameter, value);
    case 'choice':
      return (parameter.choices ?? []).some(choice => isSame(choice, value)) ? undefined : 'none of its choices';
    case 'text':
    case 'code':
      return typeof value === 'string' ? undefined : 'not a text';
    case 'json':
      return undefined;
  }
}

function findNumberProblem({min, max, integer}: Parameter, value: Json): string | undefined {
  if (typeof value !== 'number' || !Number.isFinite(value)) return 'not a number';
  if (integer && !Number.isInteger(value)) return 'not a whole number';
  if (min !== undefined && value < min) return `below ${min}`;
  return max !== undefined && value > max ? `above ${max}` : undefined;
}

/** Describes in words what values a parameter can have. */
export function describeConstraint({kind, min, max, integer, choices}: Parameter): string {
  switch (kind) {
    case 'number': {
      const bounds = [...(min === undefined ? [] : [`from ${min}`]), ...(max === undefined ? [] : [`to ${max}`])];
      return [integer ? 'a number without fraction' : 'a number', ...bounds].join(' ');
    }
    case 'choice':
      return `one of ${JSON.stringify(choices ?? [])}`;
    case 'text':
      return 'a text';
    case 'code':
      return 'program text, whole, in one JSON string';
    case 'json':
      return 'any JSON value';
  }
}

/** Returns whether two values are equal, as JSON. */
export function isSame(a: Json, b: Json): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** Returns a text that two candidates share only when all their values are equal. */
export function keyValues(parameters: readonly Parameter[], values: Values): string {
  return JSON.stringify(parameters.map(({name}) => values[name] ?? null));
}
