import {type Command, Option} from 'commander';

import {UserError} from '../../../core/errors.ts';
import {positive} from '../../options/arguments.ts';

/** Options of `mac study` itself. */
export interface StudySelection {
  readonly study?: string;
}

/** The filters that studies had before; each is an `--only` of its label. */
export interface StudyFilters {
  readonly only?: readonly string[];
  readonly onlyHypothesis?: string;
  readonly onlyCondition?: string;
  readonly onlySubExperiment?: string;
  readonly onlySeed?: string;
  readonly onlyRunId?: string;
}

const FILTERS = [
  ['hypothesis', 'onlyHypothesis'],
  ['condition', 'onlyCondition'],
  ['sub-experiment', 'onlySubExperiment'],
  ['seed', 'onlySeed'],
  ['run-id', 'onlyRunId'],
] as const satisfies readonly (readonly [string, keyof StudyFilters])[];

/** Adds `--only` and the five filters. */
export function addFilterOptions(command: Command): Command {
  command.addOption(
    new Option('--only <label=values>', 'only rows with these labels; may be repeated').argParser(
      (text: string, before: unknown) => [...((before as string[] | undefined) ?? []), text],
    ),
  );
  for (const [label] of FILTERS) command.option(`--only-${label} <values>`, `as --only ${label}=values`);
  return command;
}

/** Returns the texts of `--only` that filters stand for. */
export function listOnly(filters: StudyFilters): string[] {
  const named = FILTERS.flatMap(([label, key]) => {
    const values = filters[key];
    return values === undefined ? [] : [`${label}=${values}`];
  });
  return [...(filters.only ?? []), ...named];
}

/** Adds the hooks that a study has under `study.services`. */
export function addHookOptions(command: Command): Command {
  return command
    .option('--timeout-seconds <s>', 'time limit of a run and of each evaluator; 0: none', seconds)
    .option('--setup-command <shell>', 'as study.services.setup_command')
    .option('--setup-timeout-seconds <s>', 'as study.services.setup_timeout_seconds', positive)
    .option('--server-command <shell>', 'as study.services.server_command')
    .option('--server-ready-url <url>', 'as study.services.server_ready_url')
    .option('--server-timeout-seconds <s>', 'as study.services.server_timeout_seconds', positive);
}

function seconds(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value >= 0) return value;
  throw new UserError('study-usage', `--timeout-seconds ${text}: expected a number of seconds`);
}

/** Returns the study that a command is about: its argument, else `--study`. @throws UserError `study-usage`. */
export function chooseStudy(argument: string | undefined, {study}: StudySelection): string {
  const chosen = argument ?? study;
  if (chosen !== undefined) return chosen;
  throw new UserError('study-usage', 'no study is named', {
    hint: 'mac study VERB FILE, or mac study --study FILE VERB; a folder with a study.yaml in it will do',
  });
}
