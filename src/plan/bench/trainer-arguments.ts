import type {Mapping} from '../../core/mapping.ts';
import type {TrainerEntry} from '../../optimize/catalog/trainers.ts';
import {externalTrainer, findTrainer, nameParameter} from '../../optimize/registry.ts';
import type {BenchTrainer} from './resolved-matrix.ts';

type Named = Pick<BenchTrainer, 'id' | 'command'>;

/** Returns what is known of a trainer of a matrix; of one that nobody knows, what a command would be. */
export function describeTrainer({id, command}: Named): TrainerEntry {
  return (command ? undefined : findTrainer(id)) ?? externalTrainer(id);
}

/** Lays arguments over others that may be spelled differently; each keeps the spelling of the one that wins. */
export function overlay(trainer: TrainerEntry, low: Mapping, high: Mapping): Mapping {
  const taken = new Set(Object.keys(high).map(name => nameParameter(trainer, name)));
  const left = Object.entries(low).filter(([name]) => !taken.has(nameParameter(trainer, name)));
  return {...Object.fromEntries(left), ...high};
}
