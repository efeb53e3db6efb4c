import {type Command, Option} from 'commander';

import {ResultsCache} from '../../analyze/cache/results-cache.ts';
import type {Round, Unit} from '../../analyze/metrics/discussion/discussion.ts';
import type {Layout} from '../../record/layout.ts';
import type {CommandIo} from '../io.ts';
import {draws, list, round} from './arguments.ts';

/** Options of every command over scored records. */
export interface ScoringOptions {
  readonly unit: Unit;
  readonly draws?: number;
  readonly fresh?: boolean;
  readonly json?: boolean;
}

/** Options of commands that print metrics of one round. */
export interface MetricOptions extends ScoringOptions {
  readonly metric?: readonly string[];
  readonly round: Round;
  readonly parts?: boolean;
}

/** Options of `mac results`. */
export interface ResultsOptions extends MetricOptions {
  readonly by?: readonly string[];
  readonly explain?: string;
  readonly cell?: string;
  readonly minimize?: readonly string[];
}

/** Options of `mac compare`. */
export interface CompareOptions extends MetricOptions {
  readonly factor?: string;
  readonly baseline?: string;
  readonly of: string;
  readonly blocks?: boolean;
}

/** Help for the argument that selects recorded tasks. */
export const SELECTOR_HELP =
  'what: a grid, a grid snapshot, an experiment, a benchmark; a study, a benchmark run or a suite, its file or folder; "latest" (the default) or "all"';

/** Options that several commands share. */
const METRIC = new Option('--metric <ids>', 'print only these metrics').argParser(list);
export const UNIT = new Option(
  '--unit <unit>',
  'score the answers of each agent, of the majority, or only unanimous ones',
)
  .choices(['agent', 'majority', 'unanimous'])
  .default('agent');
const ROUND = new Option(
  '--round <n>',
  'use the answers of this round, from 0 (before anybody has seen an answer), or "last"',
)
  .argParser(round)
  .default('last');
export const DRAWS = new Option('--draws <n>', 'draw this many bootstrap samples, at least 99').argParser(draws);
const PARTS = new Option('--parts', 'also print parts of categories: names and labels, kinds of intersection');
export const FRESH = new Option('--fresh', 'read every transcript again instead of using the cache');
const JSON_OUTPUT = new Option('--json', 'print everything as JSON');

/** Adds the options of commands that print metrics of one round. */
export function addMetricOptions(command: Command): Command {
  for (const option of [METRIC, UNIT, ROUND, DRAWS, PARTS, FRESH, JSON_OUTPUT]) command.addOption(option);
  return command;
}

/** Opens the cache of what earlier commands read and computed. @param options.fresh compute everything again. */
export function openResultsCache(layout: Layout, io: CommandIo, {fresh = false} = {}): ResultsCache {
  return new ResultsCache(layout, {
    isRead: !fresh,
    onUnwritable: message => io.stderr.write(`warning: nothing is kept for the next time: ${message}\n`),
  });
}
