import {readFile} from 'node:fs/promises';
import {basename} from 'node:path';

import {isMapping} from '../../core/mapping.ts';
import {ConfigError, type DocumentPath, type Problem} from '../../config/problem.ts';
import {EMPTY_FILE, readYaml} from '../../config/yaml/yaml.ts';
import {errorMessage, systemErrorCode, UserError} from '../../core/errors.ts';
import {findDefaultProfile, findProfile, type ProfileFolders} from './find-profile.ts';
import {listKeys} from './profile-keys.ts';
import {describeProfileIssue, locateMerged, type ProfileOverrides} from './profile-problems.ts';
import {fillProfile, profileSchema, type ClusterProfile} from './profile-schema.ts';

export interface ProfileSearch extends ProfileFolders {
  /** `NAME` or a file, as given to `--profile`. */
  readonly selector?: string | undefined;
  /** The profile that overrides apply to without a selector, such as an earlier submission's; else the defaults. */
  readonly base?: ClusterProfile | undefined;
  readonly overrides?: ProfileOverrides | undefined;
  /** True if the user's profile named `default`, if any, applies without a selector. */
  readonly useDefault?: boolean | undefined;
}

/**
 * Finds, reads and checks a profile and applies the flags to it. A flag replaces the key of its name; variables and the
 * parts of the container are replaced one by one.
 *
 * @throws UserError `profile-missing`, `profile-unreadable`; ConfigError `profile-invalid` with everything that is
 * wrong in the file and the flags.
 */
export async function readProfile(search: ProfileSearch): Promise<ClusterProfile> {
  const problems: Problem[] = [];
  const file = await findFile(search);
  const overrides = search.overrides ?? {};
  const written =
    file === undefined ? dropImpliedGpuRequest(search.base, overrides) : await readWritten(file, problems);
  const merged = mergeProfiles(written, overrides);
  // The file was checked on its own, with its places; merged with the flags, a key may lack another that it needs.
  const parsed = profileSchema.safeParse(merged);
  if (problems.length === 0 && !parsed.success) {
    const origin = {file: file ?? 'flags', overrides};
    problems.push(
      ...parsed.error.issues.flatMap(issue =>
        describeProfileIssue(issue, merged, place => locateMerged(place, origin)),
      ),
    );
  }
  if (problems.length > 0 || !parsed.success) throw new ConfigError(problems, 'profile-invalid');
  return fillProfile(parsed.data, file === undefined ? undefined : basename(file).replace(/\.ya?ml$/, ''));
}

async function findFile(search: ProfileSearch): Promise<string | undefined> {
  if (search.selector !== undefined) return await findProfile(search.selector, search);
  return search.useDefault === true ? await findDefaultProfile(search) : undefined;
}

/** Drops a plain `gres` that an overriding `gpu_type` makes wrong, so that the style with a type is used. */
function dropImpliedGpuRequest(base: ClusterProfile | undefined, overrides: ProfileOverrides): Record<string, unknown> {
  const {gpu_request: style, ...rest} = base ?? {};
  return style === undefined || (style === 'gres' && 'gpu_type' in overrides) ? rest : {...rest, gpu_request: style};
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
      const found = parsed.error.issues.flatMap(issue => describeProfileIssue(issue, document.value, locate));
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
  for (const [key, {kind}] of listKeys()) {
    if (kind !== 'map') continue;
    const [below, above] = [written[key], overrides[key]];
    if (isMapping(below) && isMapping(above)) merged[key] = {...below, ...above};
  }
  return merged;
}
