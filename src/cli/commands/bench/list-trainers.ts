import type {Command} from 'commander';

import {TRAINERS} from '../../../optimize/catalog/trainers.ts';
import type {RunAction} from '../../declare.ts';
import type {CommandIo, ExitCode} from '../../io.ts';
import {benchGroup} from './bench-group.ts';

interface ListTrainersOptions {
  readonly all?: boolean;
  readonly json?: boolean;
}

export function declareListTrainers(program: Command, run: RunAction): void {
  benchGroup(program)
    .command('list-trainers')
    .description('List the trainers that a matrix can name: id, a tab, available or unavailable')
    .option('--all', 'also those that cannot be used here')
    .option('--json', 'print them as JSON, with their arguments, and the reason where one cannot be used here')
    .action((options: ListTrainersOptions) => run(io => Promise.resolve(listTrainersCommand(options, io))));
}

/** Runs `mac bench list-trainers`. */
export function listTrainersCommand({all, json}: ListTrainersOptions, {stdout}: CommandIo): ExitCode {
  const trainers = TRAINERS.filter(({availability}) => all === true || availability.available);
  if (json !== true) {
    for (const {id, availability} of trainers) {
      stdout.write(`${id}\t${availability.available ? 'available' : 'unavailable'}\n`);
    }
    return 0;
  }
  const listed = trainers.map(({id, source, aliases, summary, parameters, availability}) => {
    const args = Object.entries(parameters ?? {}).map(([name, {summary: about, default: byDefault}]) => ({
      name,
      summary: about,
      default: byDefault ?? null,
    }));
    return {id, source, aliases, summary, parameters: parameters ? args : null, ...availability};
  });
  stdout.write(`${JSON.stringify({schema: 'mac.bench-trainers/1', trainers: listed}, null, 2)}\n`);
  return 0;
}
