import {Option} from 'commander';

import type {Round, Unit} from '../../analyze/metrics/discussion/discussion.ts';
import {draws, list, round} from './arguments.ts';

/** What every command over scored records is asked for. */
export interface ScoringOptions {
  readonly unit: Unit;
  readonly draws?: number;
  readonly fresh?: boolean;
  readonly json?: boolean;
}

/** And those that print metrics of one round. */
export interface MetricOptions extends ScoringOptions {
  readonly metric?: readonly string[];
  readonly round: Round;
  readonly parts?: boolean;
}

/** Options of several commands: they are written and mean the same in all of them. */
export const METRIC = new Option('--metric <ids>', 'only these').argParser(list);
export const UNIT = new Option('--unit <unit>', 'whose answers')
  .choices(['agent', 'majority', 'unanimous'])
  .default('agent');
export const ROUND = new Option('--round <n>', 'from 0 (before anybody has seen an answer), or last')
  .argParser(round)
  .default('last');
export const DRAWS = new Option('--draws <n>', 'draws of the bootstrap, at least 99').argParser(draws);
export const PARTS = new Option('--parts', 'also parts of categories: names and labels, kinds of intersection');
export const FRESH = new Option('--fresh', 'read every transcript again, also those that have been read before');
export const JSON_OUTPUT = new Option('--json', 'everything in a stable machine form');
