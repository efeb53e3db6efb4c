import {type Command, InvalidArgumentError, Option} from 'commander';

import {profileFlags} from '../../slurm/profile/profile-flags.ts';
import type {KeyKind} from '../../slurm/profile/profile-keys.ts';

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
