import {UserError} from '../../core/errors.ts';
import {devilsAdvocate} from './devils-advocate.ts';
import {judge} from './judge.ts';
import {moderator} from './moderator.ts';
import {participant} from './participant.ts';
import type {Role} from './role.ts';

/** The roles by name. A new one goes here. */
export const ROLES: Readonly<Record<string, Role>> = {
  [participant.name]: participant,
  [moderator.name]: moderator,
  [judge.name]: judge,
  [devilsAdvocate.name]: devilsAdvocate,
};

/** @throws UserError `unknown-role`. */
export function findRole(name: string): Role {
  const role = Object.hasOwn(ROLES, name) ? ROLES[name] : undefined;
  if (!role) {
    throw new UserError('unknown-role', `unknown role "${name}"`, {hint: `one of: ${Object.keys(ROLES).join(', ')}`});
  }
  return role;
}
