import {access, readFile} from 'node:fs/promises';
import {basename, join, resolve} from 'node:path';

import {describeIssue} from '../../config/schema/describe-issue.ts';
import {
  ConfigError,
  didYouMean,
  isSecretKey,
  type DocumentPath,
  type Position,
  type Problem,
} from '../../config/problem.ts';
import {EMPTY_FILE, readYaml} from '../../config/yaml/yaml.ts';
import {errorMessage, systemErrorCode, UserError} from '../../core/errors.ts';
import {PACKAGE_ROOT} from '../../core/version.ts';
import {CONTAINER_KEYS, PROFILE_KEYS, type ProfileKeyName} from './profile-keys.ts';
import {profileSchema, type WrittenProfile} from './profile-schema.ts';

/**
 * What a cluster wants to be asked for and how a job is set up there, with every default filled in. JSON; holds no
 * secrets.
 */
export interface ClusterProfile {
  readonly name?: string;
  readonly partition?: string;
  readonly account?: string;
  readonly qos?: string;
  readonly constraint?: string;
  /** As sbatch takes it; `parseSlurmTime` gives minutes. */
  readonly time?: string;
  readonly mem?: string;
  readonly cpus_per_task?: number;
  readonly gpu_request: 'gres' | 'gres_typed' | 'gpus_per_node';
  readonly gpu_type?: string;
  /** What a node has, not what is asked for. */
  readonly gpus_per_node?: number;
  readonly exclude: readonly string[];
  readonly mail_user?: string;
  readonly mail_type?: string;
  readonly requeue: boolean;
  readonly signal_lead_seconds: number;
  /** Of a whole submission, shared by its arrays. */
  readonly array_throttle?: number;
  readonly max_array_size?: number;
  readonly submit_limit?: number;
  readonly tasks_per_job: number | 'auto';
  readonly sbatch_lines: readonly string[];
  readonly modules: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly setup_command?: string;
  readonly container?: ContainerProfile;
  readonly server_command?: string;
  readonly ready_url: string;
  readonly server_ready_timeout_seconds: number;
  readonly server_restarts: number;
  readonly server_hang_seconds: number;
  /** A model at a loopback address is on every node. */
  readonly allow_loopback?: boolean;
  readonly scratch?: string;
  readonly node_path?: string;
  readonly model_load_seconds: number;
  readonly requests_per_second: number;
}

export interface ContainerProfile {
  readonly runtime: 'apptainer' | 'singularity';
  readonly image: string;
  readonly binds: readonly string[];
  readonly args: readonly string[];
}

/** Keys of a profile with the values of their flags; `container` by its parts. */
export type ProfileOverrides = Readonly<Record<string, unknown>>;

export interface ProfileSearch {
  /** `NAME` or a file, as given to `--profile`. */
  readonly selector?: string | undefined;
  /**
   * What the overrides are laid over where there is no selector, such as the profile of an earlier submission; the
   * defaults count without either.
   */
  readonly base?: ClusterProfile | undefined;
  readonly overrides?: ProfileOverrides | undefined;
  /** Whether a profile named `default`, if the user has one, is taken where there is no selector. */
  readonly useDefault?: boolean | undefined;
  readonly workspace: string;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * Finds, reads and checks a profile and lays the flags over it. A flag replaces the key of its name; variables and the
 * parts of the container are laid over one by one.
 *
 * @throws UserError `profile-missing`, `profile-unreadable`; ConfigError `profile-invalid` with everything that is
 * wrong in the file and the flags.
 */
export async function readProfile(search: ProfileSearch): Promise<ClusterProfile> {
  const problems: Problem[] = [];
  const file = search.selector === undefined ? await findDefault(search) : await findProfile(search.selector, search);
  const overrides = search.overrides ?? {};
  const written =
    file === undefined ? dropImpliedGpuRequest(search.base, overrides) : await readWritten(file, problems);
  const merged = mergeProfiles(written, overrides);
  // What stands in the file is judged there, what a flag says at the flag; together they may lack a part that belongs
  // to another.
  const parsed = profileSchema.safeParse(merged);
  if (problems.length === 0 && !parsed.success) {
    const origin = {file: file ?? 'flags', overrides};
    problems.push(
      ...parsed.error.issues.flatMap(issue => describe(issue, merged, place => locateMerged(place, origin))),
    );
  }
  if (problems.length > 0 || !parsed.success) throw new ConfigError(problems, 'profile-invalid');
  return withDefaults(parsed.data, file);
}

/** Returns the user's own profile of the name `default`, where it is wanted and there is one. */
async function findDefault({useDefault, workspace, env}: ProfileSearch): Promise<string | undefined> {
  if (useDefault !== true) return undefined;
  for (const folder of ownFolders(workspace, env)) {
    const path = join(folder, 'default.yaml');
    if (await exists(path)) return path;
  }
  return undefined;
}

/**
 * A profile in which nothing stands in the way of what follows from the overrides: a type of GPU is asked for by the
 * style that has one.
 */
function dropImpliedGpuRequest(base: ClusterProfile | undefined, overrides: ProfileOverrides): Record<string, unknown> {
  const {gpu_request: style, ...rest} = base ?? {};
  return style === undefined || (style === 'gres' && 'gpu_type' in overrides) ? rest : {...rest, gpu_request: style};
}

/**
 * The file of a profile: a path, or a name that is looked up in the workspace, in `$XDG_CONFIG_HOME/mac/profiles`, and
 * among those that come with mac.
 *
 * @throws UserError `profile-missing`.
 */
export async function findProfile(selector: string, {workspace, cwd, env}: ProfileSearch): Promise<string> {
  const isPath = selector.includes('/') || /\.ya?ml$/.test(selector);
  const folders = profileFolders(workspace, env);
  const candidates = [
    ...(isPath ? [resolve(cwd, selector)] : []),
    ...(selector.includes('/') ? [] : folders.map(folder => join(folder, `${selector.replace(/\.ya?ml$/, '')}.yaml`))),
  ];
  for (const path of candidates) if (await exists(path)) return path;
  throw new UserError(
    'profile-missing',
    `no profile "${selector}": looked for ${[...new Set(candidates)].join(', ')}`,
    {
      hint: 'write one with: mac slurm profile init',
    },
  );
}

/** Where names of profiles are looked up, first to last. */
export function profileFolders(workspace: string, env: ProfileSearch['env']): string[] {
  return [...ownFolders(workspace, env), join(PACKAGE_ROOT, 'slurm/profiles')];
}

function ownFolders(workspace: string, env: ProfileSearch['env']): string[] {
  const home = env['XDG_CONFIG_HOME'] || (env['HOME'] ? join(env['HOME'], '.config') : undefined);
  return [join(workspace, 'slurm/profiles'), ...(home === undefined ? [] : [join(home, 'mac/profiles')])];
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}

/** Adds what is wrong in the file to `problems`. */
async function readWritten(file: string, problems: Problem[]): Promise<Record<string, unknown>> {
  const text = await readText(file);
  try {
    const document = readYaml(text, file);
    problems.push(...document.problems);
    const judged = new Set(document.problems.map(({path}) => JSON.stringify(path)));
    const parsed = profileSchema.safeParse(document.value);
    if (!parsed.success) {
      const locate = (path: DocumentPath) => ({file, position: document.locate(path), path});
      const found = parsed.error.issues.flatMap(issue => describe(issue, document.value, locate));
      problems.push(...found.filter(({path}) => !judged.has(JSON.stringify(path))));
    }
    problems.sort(comparePositions);
    return document.value as Record<string, unknown>;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    // Every key may be left out.
    if (error.problems.every(({found}) => found === EMPTY_FILE)) return {};
    problems.push(...error.problems);
    return {};
  }
}

function comparePositions({position: a}: Problem, {position: b}: Problem): number {
  return (a?.line ?? 0) - (b?.line ?? 0) || (a?.column ?? 0) - (b?.column ?? 0);
}

async function readText(file: string): Promise<string> {
  try {
    return new TextDecoder('utf-8', {fatal: true}).decode(await readFile(file));
  } catch (error) {
    const reason = systemErrorCode(error) === undefined ? 'it is not UTF-8 text' : errorMessage(error);
    throw new UserError('profile-unreadable', `${file} cannot be read as a profile: ${reason}`, {cause: error});
  }
}

function mergeProfiles(written: Record<string, unknown>, overrides: ProfileOverrides): Record<string, unknown> {
  const merged: Record<string, unknown> = {...written, ...overrides};
  for (const key of ['environment', 'container']) {
    const [below, above] = [written[key], overrides[key]];
    if (isMapping(below) && isMapping(above)) merged[key] = {...below, ...above};
  }
  return merged;
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

interface Place {
  readonly file: string;
  readonly position?: Position | undefined;
  readonly path: DocumentPath;
}

/** A problem of the merged profile is one of a flag where a flag wrote it. */
function locateMerged(
  path: DocumentPath,
  {file, overrides}: {readonly file: string; readonly overrides: ProfileOverrides},
): Place {
  const [key, part] = path;
  const isFlag = typeof key === 'string' && Object.hasOwn(overrides, key);
  if (!isFlag) return {file, path};
  const isPart = key === 'container' && part !== undefined;
  const flag = isPart ? `${key}-${part}` : key;
  return {
    file: `--${flag.replaceAll('_', '-')}`,
    path: path.slice(isPart ? 2 : 1).filter(step => typeof step !== 'number'),
  };
}

type Issue = NonNullable<ReturnType<typeof profileSchema.safeParse>['error']>['issues'][number];

function describe(issue: Issue, raw: unknown, locate: (path: DocumentPath) => Place): Problem[] {
  const path = issue.path.map(part => (typeof part === 'symbol' ? String(part) : part));
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map(key => ({...locate([...path, key]), ...describeUnknown(key, path)}));
  }
  if (issue.code === 'invalid_key') {
    const expected = 'the name of an environment variable: letters, digits and _, not beginning with a digit';
    return [{...locate(path), found: `the key ${JSON.stringify(String(path.at(-1)))}`, expected, hint: undefined}];
  }
  const value = path.reduce<unknown>((inner, key) => (isObject(inner) ? inner[key] : undefined), raw);
  const complaint = describeIssue(issue, path, value);
  // Shell text may hold a secret by mistake, so that it is never repeated.
  const isPrivate = path[0] === 'environment' || path[0] === 'setup_command' || path[0] === 'server_command';
  const found = isPrivate && typeof value === 'string' ? 'this text' : complaint.found;
  return [{...locate(path), ...complaint, found, hint: undefined}];
}

function isObject(value: unknown): value is Record<string | number, unknown> {
  return value !== null && typeof value === 'object';
}

function describeUnknown(key: string, path: DocumentPath): {found: string; expected: string; hint?: string} {
  const known = Object.keys(path[0] === 'container' ? CONTAINER_KEYS : PROFILE_KEYS);
  if (isSecretKey(key)) {
    return {found: `the key "${key}"`, expected: 'no secrets in a profile', hint: 'export it before you submit'};
  }
  const meant = didYouMean(key, known);
  const hint = meant === undefined ? 'mac schema profile lists the keys' : `did you mean "${meant}"?`;
  return {found: `the unknown key "${key}"`, expected: 'a known one', hint};
}

function withDefaults(written: WrittenProfile, file: string | undefined): ClusterProfile {
  const set = Object.fromEntries(Object.entries(written).filter(([, value]) => value !== null && value !== undefined));
  const {name, time, mem, environment, container} = written;
  const named = name ?? (file === undefined ? undefined : basename(file).replace(/\.ya?ml$/, ''));
  return {
    gpu_request: written.gpu_type == null ? 'gres' : 'gres_typed',
    exclude: [],
    requeue: true,
    signal_lead_seconds: 120,
    tasks_per_job: 1,
    sbatch_lines: [],
    modules: [],
    ready_url: 'http://127.0.0.1:{port}/health',
    server_ready_timeout_seconds: 1800,
    server_restarts: 2,
    server_hang_seconds: 900,
    model_load_seconds: 300,
    requests_per_second: 10,
    ...(set as Partial<Record<Exclude<ProfileKeyName, 'environment' | 'container' | 'time' | 'mem'>, never>>),
    ...(named === undefined ? {} : {name: named}),
    ...(time == null ? {} : {time: String(time)}),
    ...(mem == null ? {} : {mem: String(mem)}),
    environment: Object.fromEntries(Object.entries(environment ?? {}).map(([key, value]) => [key, String(value)])),
    ...(container == null
      ? {}
      : {
          container: {
            runtime: container.runtime ?? 'apptainer',
            image: container.image,
            binds: container.binds ?? [],
            args: container.args ?? [],
          },
        }),
  };
}
