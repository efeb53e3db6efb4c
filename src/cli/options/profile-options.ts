import {InvalidArgumentError, Option, type Command} from 'commander';

import {CONTAINER_KEYS, PROFILE_KEYS, type KeyKind, type ProfileKeyName} from '../../slurm/profile/profile-keys.ts';

/** What `addProfileOptions` puts among a command's options: `--profile`, and a value for each flag that was given. */
export interface ProfileOptions {
  readonly profile?: string | undefined;
  readonly [flag: string]: unknown;
}

interface Flag {
  /** `cpus-per-task` */
  readonly name: string;
  readonly path: readonly [key: string, part?: string];
  readonly kind: KeyKind;
  readonly value: string;
  readonly about: string;
}

/** Keys of a profile that say how a model server is started. */
export const SERVER_KEYS: ReadonlySet<string> = new Set<ProfileKeyName>([
  'modules',
  'environment',
  'setup_command',
  'container',
  'server_command',
  'ready_url',
  'server_ready_timeout_seconds',
  'server_restarts',
  'server_hang_seconds',
  'scratch',
]);

/** Adds `--profile` and a flag for every key of a profile, or for some of them. */
export function addProfileOptions(command: Command, keys?: ReadonlySet<string>): Command {
  command.option('--profile <name|file>', 'cluster profile: a file, or a name in slurm/profiles (docs/slurm.md)');
  for (const flag of profileFlags()) {
    const {name, path, kind, value, about} = flag;
    if (keys && !keys.has(path[0])) continue;
    const text = about.replaceAll('`', '');
    if (kind === 'switch') {
      command
        .addOption(addHelpGroup(new Option(`--${name}`, text)))
        .addOption(addHelpGroup(new Option(`--no-${name}`)));
    } else {
      command.addOption(addHelpGroup(new Option(`--${name} <${value}>`, text).argParser(createParser(kind))));
    }
  }
  return command;
}

function addHelpGroup(option: Option): Option {
  return option.helpGroup('Cluster profile (each replaces the key of its name):');
}

/** The keys of a profile that flags replace; empty when none was given. */
export function profileOverrides(options: ProfileOptions): Record<string, unknown> {
  const overrides: Record<string, unknown> = {};
  for (const {name, path, kind} of profileFlags()) {
    const value = options[camelCase(name)];
    if (value === undefined) continue;
    const [key, part] = path;
    const set = kind === 'text' ? coerceTasksPerJob(key, value) : value;
    if (part === undefined) overrides[key] = set;
    else overrides[key] = {...(overrides[key] as object | undefined), [part]: set};
  }
  return overrides;
}

/** Whether anything asks for a cluster. */
export function hasProfile(options: ProfileOptions): boolean {
  return options.profile !== undefined || Object.keys(profileOverrides(options)).length > 0;
}

/** The words of a command line that give these profile options again. */
export function profileArguments(options: ProfileOptions): string[] {
  const words = options.profile === undefined ? [] : ['--profile', options.profile];
  for (const {name, kind} of profileFlags()) {
    const value = options[camelCase(name)];
    if (value !== undefined) words.push(...renderArguments(name, kind, value));
  }
  return words;
}

/** `=` keeps values that begin with a dash. */
function renderArguments(name: string, kind: KeyKind, value: unknown): string[] {
  switch (kind) {
    case 'switch':
      return [value === true ? `--${name}` : `--no-${name}`];
    case 'list':
      return [`--${name}=${(value as readonly string[]).join(',')}`];
    case 'items':
      return (value as readonly string[]).map(item => `--${name}=${item}`);
    case 'map':
      return Object.entries(value as Readonly<Record<string, string>>).map(([key, text]) => `--${name}=${key}=${text}`);
    case 'text':
    case 'number':
      return [`--${name}=${String(value)}`];
  }
}

function profileFlags(): Flag[] {
  return Object.entries(PROFILE_KEYS).flatMap(([key, described]): Flag[] => {
    // A name is what a profile is found by.
    if (key === 'name') return [];
    if (key === 'container') {
      return Object.entries(CONTAINER_KEYS).map(([part, {kind, value, about}]) => {
        return {name: `container-${part}`, path: [key, part], kind, value, about};
      });
    }
    const value = 'value' in described ? described.value : 'value';
    return [{name: key.replaceAll('_', '-'), path: [key], kind: described.kind, value, about: described.about}];
  });
}

function camelCase(name: string): string {
  return name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** Whether a number is in its range is the schema's to say. */
function createParser(kind: Exclude<KeyKind, 'switch'>): (text: string, before: unknown) => unknown {
  switch (kind) {
    case 'number':
      return text => parseNumber(text);
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

/** `tasks_per_job` is a number or a word. */
function coerceTasksPerJob(key: string, value: unknown): unknown {
  return key === 'tasks_per_job' && /^\d{1,9}$/.test(String(value)) ? Number(value) : value;
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
