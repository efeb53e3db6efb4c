import {type Command, InvalidArgumentError, Option} from 'commander';

import {profileFlags} from '../../slurm/profile/profile-flags.ts';
import type {KeyKind} from '../../slurm/profile/profile-keys.ts';
import {duration, failAfter, natural, positive, shellCommand, taskList} from './arguments.ts';

/** Adds the options that say which tasks of a config to run, and how often. @param verb as in "submit only these". */
export function addGridOptions(command: Command, verb: 'run' | 'submit'): Command {
  return addTrialOptions(command)
    .option('--tasks <list>', `${verb} only these tasks, e.g. 3,7-12`, taskList)
    .option('--rep <n>', 'repeat the grid n times', positive)
    .option('--limit <n>', 'ask only the first n questions of each task (recorded as such)', positive)
    .option('--skip-invalid', `${verb} the valid tasks even if others are invalid`);
}

/** Adds the options of files of trials: studies, benchmark matrices and suites. */
export function addTrialOptions(command: Command): Command {
  return command
    .addOption(
      ofTrials(
        new Option(
          '--only <label=values>',
          'only trials with these labels, e.g. seed=11,12; may be repeated',
        ).argParser(collect),
      ),
    )
    .addOption(ofTrials(new Option('--force', 'run trials even if they are done')))
    .addOption(
      ofTrials(
        new Option(
          '--resume <mode>',
          'which trials run: all that are not done, only those that failed, or all',
        ).choices(['auto', 'failed', 'none']),
      ),
    )
    .addOption(
      ofTrials(
        new Option('--array-mode <name>', 'put trials that agree in some labels into one job, e.g. case, seed, run'),
      ),
    );
}

function ofTrials(option: Option): Option {
  return option.helpGroup('Studies, benchmark matrices and suites:');
}

/** Collects the values of an option that may be repeated. */
export function collect(text: string, before: unknown): string[] {
  return [...((before as string[] | undefined) ?? []), text];
}

/** Adds the options that place jobs among others on Slurm. */
export function addJobOrderOptions(command: Command): Command {
  return command
    .option('--dependency <list>', 'start the jobs after others, as sbatch takes it, e.g. afterok:123')
    .option(
      '--after-all <command>',
      'run this on Slurm when all jobs have ended, whatever their outcome',
      shellCommand,
    );
}

/** Adds the options that stop a run early when going on would be useless. */
export function addGuardOptions(command: Command): Command {
  return command
    .option(
      '--canary <n>',
      'send the first n questions of each task first, and the rest only if one of them succeeds',
      natural,
    )
    .option(
      '--fail-after <n|share>',
      'stop after this many failed conversations, or this share of them, e.g. 20% or 0.2',
      failAfter,
    )
    .option(
      '--wait-for-server <time>',
      'wait this long for a server that is not up yet or is loading its model, e.g. 30m',
      duration,
    );
}

/** Adds the options of commands that run tasks on this machine. */
export function addExecuteOptions(command: Command): Command {
  return addGuardOptions(command)
    .option('--max-parallel <tasks>', 'keep at most this many tasks open at once', positive)
    .option('--fail-fast', 'stop at the first question that fails')
    .option('--json', 'print the outcome as JSON');
}

/** Adds `--profile` and a flag for every key of a profile, or only for those that say how a model server is started. */
export function addProfileOptions(command: Command, {onlyOfServers = false} = {}): Command {
  command.option(
    '--profile <name|file>',
    'use this cluster profile: a file, or a name in slurm/profiles (docs/slurm.md)',
  );
  for (const {name, kind, value, about, isOfServer} of profileFlags()) {
    if (onlyOfServers && !isOfServer) continue;
    if (kind === 'switch') {
      command
        .addOption(addHelpGroup(new Option(`--${name}`, about)))
        .addOption(addHelpGroup(new Option(`--no-${name}`)));
    } else {
      command.addOption(addHelpGroup(new Option(`--${name} <${value}>`, about).argParser(createParser(kind))));
    }
  }
  return command;
}

function addHelpGroup(option: Option): Option {
  return option.helpGroup('Cluster profile (each replaces the key of its name):');
}

/** Returns a parser of one value; whether a number is in its range is for the profile's schema to say. */
function createParser(kind: Exclude<KeyKind, 'switch'>): (text: string, before: unknown) => unknown {
  switch (kind) {
    case 'number':
      return text => parseNumber(text);
    case 'numberOrWord':
      return text => (/^\d{1,9}$/.test(text) ? Number(text) : text);
    case 'list':
      return (text, before) => [
        ...((before as string[] | undefined) ?? []),
        ...text.split(',').map(each => each.trim()),
      ];
    case 'items':
      return (text, before) => [...((before as string[] | undefined) ?? []), text];
    case 'map':
      return (text, before) => ({...(before as Record<string, string> | undefined), ...parseAssignment(text)});
    case 'text':
      return text => text;
  }
}

function parseNumber(text: string): number {
  if (text.trim() === '' || !Number.isFinite(Number(text))) throw new InvalidArgumentError('expected a number.');
  return Number(text);
}

function parseAssignment(text: string): Record<string, string> {
  const [, name, value] = /^([^=]+)=([^]*)$/.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new InvalidArgumentError('expected NAME=value.');
  return {[name]: value};
}
