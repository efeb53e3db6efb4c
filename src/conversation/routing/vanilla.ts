import type {Router} from './router.ts';

/** Everyone sees what everyone said in the round before, its own message included. */
export const vanilla: Router = {
  name: 'vanilla',
  audience: (_sender, agentIds) => agentIds,
  seesWithinRound: () => true,
  showsRationales: true,
};
