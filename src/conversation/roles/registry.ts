import {UserError} from '../../core/errors.ts';
import type {Question} from '../../questions/question.ts';
import type {Message} from '../../record/formats.ts';
import {devilsAdvocate} from './devils-advocate.ts';
import {judge} from './judge.ts';
import {moderator} from './moderator.ts';
import {participant} from './participant.ts';
import {describeSpeaker, type Role} from './role.ts';

/** The roles by name. Add a new one to this list. */
export const ROLES: Readonly<Record<string, Role>> = Object.fromEntries(
  [participant, moderator, judge, devilsAdvocate].map(role => [role.name, role]),
);

/** @throws UserError `unknown-role`. */
export function findRole(name: string): Role {
  const role = Object.hasOwn(ROLES, name) ? ROLES[name] : undefined;
  if (!role) {
    throw new UserError('unknown-role', `unknown role "${name}"`, {hint: `one of: ${Object.keys(ROLES).join(', ')}`});
  }
  return role;
}

/**
 * Renders a message as a line of the "Previous discussion" in another agent's prompt. Under `compatibility: reference`
 * its role may be one that does not exist.
 */
export function discussionLine(message: Message, question: Question, withRationale = true): string {
  const {response_type: type} = message.structured_response;
  if (Object.hasOwn(ROLES, type)) return findRole(type).line(message, question, withRationale);
  return `${describeSpeaker(message)}: [Response type: ${type || 'unknown'}]`;
}

/** Returns the key of a recorded response that answers the question; undefined where its role takes no side. */
export function opinionKey(responseType: string): string | undefined {
  return Object.hasOwn(ROLES, responseType) ? findRole(responseType).opinionKey : undefined;
}

/** Renders the table of roles in docs/roles-and-routing.md. */
export function roleTable(): string {
  const rows = Object.values(ROLES).map(
    ({name, docs}) => `| \`${name}\` | ${docs.askedFor} | ${docs.countsAsAnswer} | ${docs.othersRead} |\n`,
  );
  return `| role | asked for | counts as an answer | others read |\n| --- | --- | --- | --- |\n${rows.join('')}`;
}
