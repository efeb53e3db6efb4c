import {listKeys, describeKey, type KeyKind, type ProfileKey, type ProfileKeys} from './profile-keys.ts';

/** Profile settings of a command line: `--profile`, and a value for each flag that was given. */
export interface ProfileOptions {
  readonly profile?: string | undefined;
  readonly [flag: string]: unknown;
}

/** A flag that replaces a key of a profile. */
export interface ProfileFlag {
  /** `cpus-per-task` */
  readonly name: string;
  readonly path: readonly [key: string, part?: string];
  readonly kind: KeyKind;
  readonly value: string;
  readonly about: string;
  readonly isOfServer: boolean;
}

/** Returns a flag for every key of a profile, and for every part of one that has parts. */
export function profileFlags(keys?: ProfileKeys): ProfileFlag[] {
  return listKeys(keys).flatMap(([key, declared]) => {
    if (declared.flag === false) return [];
    const isOfServer = declared.server === true;
    return declared.parts
      ? listKeys(declared.parts).map(([part, inner]) => createFlag([key, part], inner, isOfServer))
      : [createFlag([key], declared, isOfServer)];
  });
}

function createFlag(path: ProfileFlag['path'], declared: ProfileKey, isOfServer: boolean): ProfileFlag {
  const {kind, value = kind === 'number' ? 'n' : 'value'} = declared;
  return {
    name: path.join('-').replaceAll('_', '-'),
    path,
    kind,
    value,
    about: describeKey(declared).replaceAll('`', ''),
    isOfServer,
  };
}

/** Returns the keys of a profile that flags replace; empty when none was given. */
export function profileOverrides(options: ProfileOptions): Record<string, unknown> {
  const overrides: Record<string, unknown> = {};
  for (const {name, path} of profileFlags()) {
    const value = options[camelCase(name)];
    if (value === undefined) continue;
    const [key, part] = path;
    overrides[key] = part === undefined ? value : {...(overrides[key] as object | undefined), [part]: value};
  }
  return overrides;
}

/** Returns whether any option asks for a cluster. */
export function hasProfile(options: ProfileOptions): boolean {
  return options.profile !== undefined || Object.keys(profileOverrides(options)).length > 0;
}

/** Returns the words of a command line that give these options again. */
export function profileArguments(options: ProfileOptions): string[] {
  const words = options.profile === undefined ? [] : ['--profile', options.profile];
  for (const {name, kind} of profileFlags()) {
    const value = options[camelCase(name)];
    if (value !== undefined) words.push(...renderArguments(name, kind, value));
  }
  return words;
}

/** Writes a flag and its value as one word: a value may begin with a dash. */
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
    case 'numberOrWord':
      return [`--${name}=${String(value)}`];
  }
}

function camelCase(name: string): string {
  return name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
