import {isMap, parseDocument} from 'yaml';

/** Flags and variables that stand for keys of a study. */
export interface StudyEdits {
  readonly timeoutSeconds?: number | undefined;
  readonly setupCommand?: string | undefined;
  readonly setupTimeoutSeconds?: number | undefined;
  readonly serverCommand?: string | undefined;
  readonly serverReadyUrl?: string | undefined;
  readonly serverTimeoutSeconds?: number | undefined;
}

/** Hooks by the names that studies had for them before, and ours. */
const VARIABLES = {
  setupCommand: 'SETUP_COMMAND',
  setupTimeoutSeconds: 'SETUP_TIMEOUT_SECONDS',
  serverCommand: 'SERVER_COMMAND',
  serverReadyUrl: 'SERVER_READY_URL',
  serverTimeoutSeconds: 'SERVER_TIMEOUT_SECONDS',
} as const;

const PATHS = {
  timeoutSeconds: ['study', 'run_defaults', 'timeout_seconds'],
  setupCommand: ['study', 'services', 'setup_command'],
  setupTimeoutSeconds: ['study', 'services', 'setup_timeout_seconds'],
  serverCommand: ['study', 'services', 'server_command'],
  serverReadyUrl: ['study', 'services', 'server_ready_url'],
  serverTimeoutSeconds: ['study', 'services', 'server_timeout_seconds'],
} as const satisfies Readonly<Record<keyof StudyEdits, readonly string[]>>;

/** Completes flags by `$MAC_SETUP_COMMAND` …, else `$SILISOCS_HPC_SETUP_COMMAND` …. */
export function readStudyEdits(flags: StudyEdits, env: Readonly<Record<string, string | undefined>>): StudyEdits {
  const hooks = Object.entries(VARIABLES).flatMap(([key, name]): [string, string | number][] => {
    const text = (env[`MAC_${name}`] ?? '') || (env[`SILISOCS_HPC_${name}`] ?? '');
    if (text === '') return [];
    const isNumber = key.endsWith('Seconds') && Number.isFinite(Number(text));
    return [[key, isNumber ? Number(text) : text]];
  });
  const given = Object.entries(flags).filter(([, value]) => value !== undefined);
  return Object.fromEntries([...hooks, ...given]);
}

/** Lays flags over the text of a study; its records keep the result. A text that is no YAML stays as it is. */
export function editStudy(text: string, edits: StudyEdits): string {
  const given = Object.entries(PATHS).flatMap(([key, path]) => {
    const value = edits[key as keyof StudyEdits];
    return value === undefined ? [] : [{path, value}];
  });
  const document = parseDocument(text, {version: '1.2'});
  if (given.length === 0 || document.errors.length > 0 || !isMap(document.get('study'))) return text;
  for (const {path, value} of given) document.setIn(path, value);
  return document.toString();
}
