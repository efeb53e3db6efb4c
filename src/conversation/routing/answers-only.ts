import type {Router} from './router.ts';

/** Everyone sees everyone's answers but not their reasons: tells the pull of numbers from that of arguments. */
export const answersOnly: Router = {
  name: 'answers_only',
  audience: (_sender, agentIds) => agentIds,
  seesWithinRound: () => true,
  showsRationales: false,
};
