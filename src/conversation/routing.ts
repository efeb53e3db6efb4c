import {UserError} from '../core/errors.ts';
import type {Message} from '../record/formats.ts';

/** Decides who sees which messages. To add a strategy, add an entry to `ROUTERS` (docs/extending.md). */
export interface Router {
  /** Returns the agents to whom a message of `sender` is shown in the next round, recorded as its `visible_to`. */
  audience(sender: string, agentIds: readonly string[]): readonly string[];
  /** Returns whether `reader`, who waited for its sender directly or through others, sees a message of this round. */
  seesWithinRound(reader: string, message: Message): boolean;
  /** True when rationales are shown with the answers. */
  readonly showsRationales: boolean;
  /** Its row in docs/roles-and-routing.md: what an agent sees, and what that is good for. */
  readonly docs: {readonly sees: string; readonly use: string};
}

/** The routing strategies by their name in `conversation_config.routing_strategy`. */
export const ROUTERS: Readonly<Record<string, Router>> = {
  vanilla: {
    audience: (_sender, agentIds) => agentIds,
    seesWithinRound: () => true,
    showsRationales: true,
    docs: {sees: 'all messages of the round before, its own included', use: 'discussion'},
  },
  // An agent is asked as often, and reminded of itself as in `vanilla`, so that only the peers differ.
  peers_hidden: {
    audience: sender => [sender],
    seesWithinRound: () => false,
    showsRationales: true,
    docs: {
      sees: 'only its own message of the round before',
      use: 'the control of every study of conformity: asked as often, without peers',
    },
  },
  answers_only: {
    audience: (_sender, agentIds) => agentIds,
    seesWithinRound: () => true,
    showsRationales: false,
    docs: {
      sees: 'all answers and verdicts of the round before, its own included, without reasons',
      use: 'separating the pull of numbers from that of arguments',
    },
  },
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

/** Renders the table of strategies in docs/roles-and-routing.md. */
export function routingTable(): string {
  const rows = Object.entries(ROUTERS).map(([name, {docs}]) => `| \`${name}\` | ${docs.sees} | ${docs.use} |\n`);
  return `| strategy | an agent sees | for |\n| --- | --- | --- |\n${rows.join('')}`;
}
