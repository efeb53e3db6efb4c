import type {Json, Parameter, Values} from './parameter.ts';

/** The values of a job at one moment, as its files show them. */
export interface State {
  readonly kind: 'initial' | 'best' | 'final';
  readonly parameters: readonly {
    readonly index: number;
    readonly name: string;
    readonly trainable: boolean;
    readonly value: Json;
  }[];
}

export function makeState(kind: State['kind'], parameters: readonly Parameter[], values: Values): State {
  return {
    kind,
    parameters: parameters.map(({name, trainable, value}, index) => ({
      index,
      name,
      trainable,
      value: values[name] ?? value,
    })),
  };
}
