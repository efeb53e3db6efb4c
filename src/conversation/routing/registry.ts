import {UserError} from '../../core/errors.ts';
import {answersOnly} from './answers-only.ts';
import {peersHidden} from './peers-hidden.ts';
import type {Router} from './router.ts';
import {vanilla} from './vanilla.ts';

/** The routing strategies by name. A new one goes here. */
export const ROUTERS: Readonly<Record<string, Router>> = {
  [vanilla.name]: vanilla,
  [peersHidden.name]: peersHidden,
  [answersOnly.name]: answersOnly,
};

/** @throws UserError `unknown-routing`. */
export function findRouter(name: string): Router {
  const router = Object.hasOwn(ROUTERS, name) ? ROUTERS[name] : undefined;
  if (!router) {
    throw new UserError('unknown-routing', `Unknown routing strategy: ${name}`, {
      hint: `one of: ${Object.keys(ROUTERS).join(', ')}`,
    });
  }
  return router;
}
