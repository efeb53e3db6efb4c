import {join} from 'node:path';

import {stringify} from 'yaml';

import {writeFileAtomic} from '../../record/disk/atomic-file.ts';
import {renderJson} from '../../record/disk/json-text.ts';
import type {Json, Parameter, Values} from '../values/parameter.ts';
import type {Candidate} from '../trainers/search.ts';
import {JsonLines} from './job-events.ts';

/** Paths of a job's files, relative to its folder. */
export const STATE_HISTORY = 'artifacts/state_history.jsonl';
export const TENSORBOARD = 'tb';

/** The values of a job at one moment, as its files show them. */
interface State {
  readonly kind: 'initial' | 'best' | 'final';
  readonly parameters: readonly {
    readonly index: number;
    readonly name: string;
    readonly trainable: boolean;
    readonly value: Json;
  }[];
}

/** The states of a job on disk: three whole ones, and every accepted change in order. */
export class Artifacts {
  readonly #folder: string;
  readonly #parameters: readonly Parameter[];
  readonly #history: JsonLines;

  /** @throws UserError `cannot-write`. */
  constructor(folder: string, parameters: readonly Parameter[]) {
    this.#folder = folder;
    this.#parameters = parameters;
    this.#history = new JsonLines(join(folder, STATE_HISTORY));
  }

  /** Writes a state as YAML and JSON and adds it to the history. Returns the YAML's path below the folder. */
  async writeState(kind: State['kind'], values: Values, score: number | null, step: number): Promise<string> {
    const state = makeState(kind, this.#parameters, values);
    const path = `artifacts/${kind}_state`;
    await writeFileAtomic(join(this.#folder, `${path}.json`), renderJson(state), {durable: false});
    await writeFileAtomic(join(this.#folder, `${path}.yaml`), stringify(state), {durable: false});
    this.#history.write({kind, step, state: values, score});
    return `${path}.yaml`;
  }

  writeAccepted({id, values}: Candidate, score: number | null, step: number): void {
    this.#history.write({kind: 'accepted', step, candidate: id, state: values, score});
  }
}

function makeState(kind: State['kind'], parameters: readonly Parameter[], values: Values): State {
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
