import {readAt} from '../../core/mapping.ts';
import {isSecretKey} from '../../core/secrets.ts';
import {describeIssue} from '../../config/schema/describe-issue.ts';
import {suggest, type DocumentPath, type Position, type Problem} from '../../config/problem.ts';
import {PROFILE_KEYS} from './profile-keys.ts';
import type {profileSchema} from './profile-schema.ts';

/** Keys of a profile with the values of their flags; `container` by its parts. */
export type ProfileOverrides = Readonly<Record<string, unknown>>;

interface Place {
  readonly file: string;
  readonly position?: Position | undefined;
  readonly path: DocumentPath;
}

/** Locates a problem of the merged profile: the flag that gave the value, else the file. */
export function locateMerged(
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

export function describeProfileIssue(issue: Issue, raw: unknown, locate: (path: DocumentPath) => Place): Problem[] {
  const path = issue.path.map(part => (typeof part === 'symbol' ? String(part) : part));
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map(key => ({...locate([...path, key]), ...describeUnknown(key, path)}));
  }
  if (issue.code === 'invalid_key') {
    const expected = 'the name of an environment variable: letters, digits and _, not beginning with a digit';
    return [{...locate(path), found: `the key ${JSON.stringify(String(path.at(-1)))}`, expected, hint: undefined}];
  }
  const value = readAt(raw, path);
  const complaint = describeIssue(issue, path, value);
  // Shell text may hold a secret by mistake, so that it is never repeated.
  const isPrivate = path[0] === 'environment' || path[0] === 'setup_command' || path[0] === 'server_command';
  const found = isPrivate && typeof value === 'string' ? 'this text' : complaint.found;
  return [{...locate(path), ...complaint, found, hint: undefined}];
}

function describeUnknown(key: string, path: DocumentPath): {found: string; expected: string; hint?: string} {
  const known = Object.keys(path[0] === 'container' ? PROFILE_KEYS.container.parts : PROFILE_KEYS);
  if (isSecretKey(key)) {
    return {found: `the key "${key}"`, expected: 'no secrets in a profile', hint: 'export it before you submit'};
  }
  const hint = suggest(key, known) ?? 'mac schema profile lists the keys';
  return {found: `the unknown key "${key}"`, expected: 'a known one', hint};
}
