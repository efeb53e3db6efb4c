import {seededRandom, type Random} from '../../core/seeds/random.ts';
import {shuffle} from '../../core/seeds/shuffle.ts';
import {isSame, keyValues, type Json, type Parameter, type Values} from '../values/parameter.ts';
import type {Proposal, Proposer} from './proposer.ts';

/** Steps below this share of the first one are not worth an evaluation. */
const LEAST_SHARE = 1e-6;

/** Memory of one candidate: how often it was asked about, and the steps that it goes by. */
interface Trail {
  asked: number;
  readonly steps: ReadonlyMap<string, number>;
}

/**
 * Proposes without a model, by compass search (Hooke and Jeeves 1961, Kolda et al. 2003) in one parameter at a time: a
 * number goes by its step, then back by it, then by half of it, …; the values that a step led to go on with twice that
 * step in its direction. Choices and suggested texts are tried in turn. The seed decides first steps and orders.
 */
export class HeuristicProposer implements Proposer {
  readonly id = 'mac.HeuristicProposer';
  readonly #parameters: readonly Parameter[];
  readonly #all: readonly Parameter[];
  readonly #firstSteps: ReadonlyMap<string, number>;
  readonly #options: ReadonlyMap<string, readonly Json[]>;
  readonly #trails = new Map<string, Trail>();

  constructor(parameters: readonly Parameter[], seed: number) {
    const random = seededRandom(`mac.optimize/heuristic/${seed}`);
    this.#all = parameters;
    this.#parameters = shuffle(parameters.filter(canChange), random);
    const numbers = parameters.filter(({kind}) => kind === 'number');
    this.#firstSteps = new Map(numbers.map(parameter => [parameter.name, drawStep(parameter, random)]));
    this.#options = new Map(
      parameters.map(each => [each.name, shuffle(each.choices ?? each.suggestions ?? [], random)]),
    );
  }

  propose({values}: {readonly values: Values}): Promise<Proposal> {
    return Promise.resolve(this.#next(values));
  }

  #next(values: Values): Proposal {
    const trail = this.#trail(values);
    for (let tries = 0; tries < this.#parameters.length; tries++) {
      const {asked} = trail;
      trail.asked++;
      const parameter = this.#parameters[asked % this.#parameters.length];
      if (!parameter) break;
      const turn = Math.floor(asked / this.#parameters.length);
      const proposal =
        parameter.kind === 'number' ? this.#step(parameter, values, turn, trail) : this.#pick(parameter, values, turn);
      if (proposal) return {kind: 'values', values: proposal};
    }
    return {kind: 'none', why: 'nothing-to-try'};
  }

  #trail(values: Values): Trail {
    const key = keyValues(this.#all, values);
    const known = this.#trails.get(key) ?? {asked: 0, steps: this.#firstSteps};
    this.#trails.set(key, known);
    return known;
  }

  #step(parameter: Parameter, values: Values, turn: number, trail: Trail): Values | undefined {
    const first = trail.steps.get(parameter.name) ?? 1;
    const halvings = Math.floor(turn / 2) % Math.ceil(-Math.log2(LEAST_SHARE));
    const delta = (turn % 2 === 0 ? first : -first) * 0.5 ** halvings;
    const old = values[parameter.name];
    const value = typeof old === 'number' ? bound(parameter, old + wholeStep(parameter, delta)) : undefined;
    if (value === undefined || value === old || !Number.isFinite(value)) return undefined;
    const changed = {...values, [parameter.name]: value};
    const key = keyValues(this.#all, changed);
    const steps = new Map(trail.steps).set(parameter.name, 2 * delta);
    if (!this.#trails.has(key)) this.#trails.set(key, {asked: 0, steps});
    return changed;
  }

  #pick({name}: Parameter, values: Values, turn: number): Values | undefined {
    const others = (this.#options.get(name) ?? []).filter(option => !isSame(option, values[name] ?? null));
    const value = others[turn % Math.max(1, others.length)];
    return value === undefined ? undefined : {...values, [name]: value};
  }
}

function canChange({kind, trainable, choices, suggestions}: Parameter): boolean {
  return trainable && (kind === 'number' || (choices ?? suggestions ?? []).length > 0);
}

/** Between half and one and a half of the parameter's step, up or down. */
function drawStep({step = 1}: Parameter, random: Random): number {
  return (random() < 0.5 ? -1 : 1) * step * (0.5 + random());
}

function wholeStep({integer}: Parameter, delta: number): number {
  return integer ? Math.sign(delta) * Math.max(1, Math.round(Math.abs(delta))) : delta;
}

function bound({min = -Infinity, max = Infinity}: Parameter, value: number): number {
  return Math.min(max, Math.max(min, value));
}
