import type {Router} from './router.ts';

/**
 * Agents never see each other, only their own last answer: the control that a study of conformity needs. An agent is
 * asked as often, and reminded of itself as in `vanilla`, so that what differs is the peers alone.
 */
export const peersHidden: Router = {
  name: 'peers_hidden',
  audience: sender => [sender],
  seesWithinRound: () => false,
  showsRationales: true,
};
