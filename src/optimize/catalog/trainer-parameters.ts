import {z} from 'zod';

/** One argument of a trainer. */
export interface TrainerParameter {
  readonly schema: z.ZodType;
  readonly expected: string;
  readonly summary: string;
  readonly default?: unknown;
}

export type TrainerParameters = Readonly<Record<string, TrainerParameter>>;

/** No default: nothing is passed where nothing is written. */
const NONE = undefined;

function whole(least: number, byDefault: number | undefined, summary: string): TrainerParameter {
  return {schema: z.int().min(least), expected: `a whole number from ${least}`, summary, default: byDefault};
}

function count(byDefault: number | undefined, summary: string): TrainerParameter {
  return whole(1, byDefault, summary);
}

function flag(byDefault: boolean | undefined, summary: string): TrainerParameter {
  return {schema: z.boolean(), expected: 'true or false', summary, default: byDefault};
}

/** Arguments of every native trainer; without defaults, so that they are not in every job. */
const GENERAL: TrainerParameters = {
  num_threads: count(NONE, 'examples scored at once'),
  verbose: {
    schema: z.union([z.boolean(), z.literal(['output']), z.int().min(0)]),
    expected: 'true or false',
    summary: 'print every proposal with its score',
  },
};

const explorationFactor: TrainerParameter = {
  schema: z.number().min(0),
  expected: 'a number from 0',
  summary: 'c in mean + c·sqrt(ln T / n)',
  default: 1,
};

export const NO_OP: TrainerParameters = GENERAL;

export const MINIBATCH: TrainerParameters = {
  num_epochs: count(1, 'passes over the training examples'),
  batch_size: count(1, 'examples of one proposal'),
  ensure_improvement: flag(false, 'keep a proposal only if it is not worse on its batch'),
  ...GENERAL,
};

export const BASIC_SEARCH: TrainerParameters = {
  num_epochs: count(1, 'passes over the training examples'),
  batch_size: count(1, 'examples of one round'),
  num_proposals: count(4, 'proposals from the same feedback'),
  ...GENERAL,
};

export const BEAMSEARCH: TrainerParameters = {
  beam_width: count(3, 'candidates kept after each round'),
  max_depth: count(2, 'rounds'),
  num_proposals: count(4, 'proposals of each beam'),
  batch_size: count(1, 'training examples of a proposal'),
  validation_subset_size: count(5, 'validation examples that choose the beams of a round'),
  ...GENERAL,
};

export const UCB_SEARCH: TrainerParameters = {
  num_search_iterations: count(10, 'rounds'),
  max_buffer_size: count(10, 'candidates kept'),
  train_batch_size: count(2, 'training examples of a proposal'),
  evaluation_batch_size: count(5, 'validation examples that score a candidate'),
  ucb_exploration_factor: explorationFactor,
  ...GENERAL,
};

export const PRIORITY_SEARCH: TrainerParameters = {
  num_epochs: count(1, 'least passes over the training examples'),
  num_steps: count(1, 'least rounds'),
  num_batches: count(1, 'batches of a round'),
  num_candidates: count(2, 'candidates explored in a round'),
  num_proposals: count(2, 'proposals for each candidate and batch'),
  train_batch_size: count(NONE, 'examples of a batch; 1 where nothing is written'),
  memory_update_frequency: whole(0, NONE, 'rounds after which new candidates can be explored; 0 or nothing: at once'),
  memory_size: count(NONE, 'most candidates in the heap; without limit where nothing is written'),
  score_function: {schema: z.enum(['mean', 'ucb']), expected: 'mean or ucb', summary: 'priority of a candidate'},
  ucb_exploration_constant: {...explorationFactor, default: NONE},
  use_best_candidate_to_explore: flag(NONE, 'explore the best candidate in every round; true where nothing is written'),
  ...GENERAL,
};

/** Arguments of PrioritySearch without those that a preset fixes. */
function without(...names: readonly string[]): TrainerParameters {
  return Object.fromEntries(Object.entries(PRIORITY_SEARCH).filter(([name]) => !names.includes(name)));
}

export const SEQUENTIAL_UPDATE = without('num_candidates', 'num_proposals');
export const SEQUENTIAL_SEARCH = without('num_candidates');
export const BEAM_SEARCH = without('memory_size');

const GEPA_COMMON: TrainerParameters = {
  train_batch_size: count(2, 'training examples of a proposal'),
  merge_every: whole(0, 2, 'rounds between attempts to cross two candidates; 0: never'),
  pareto_subset_size: count(2, 'validation examples on which candidates compete'),
  ...GENERAL,
};

export const GEPA_BASE: TrainerParameters = {num_iters: count(1, 'rounds'), ...GEPA_COMMON};
export const GEPA_BEAM: TrainerParameters = {num_search_iterations: count(1, 'rounds'), ...GEPA_COMMON};
export const GEPA_UCB: TrainerParameters = {
  ...GEPA_BEAM,
  max_buffer_size: whole(2, NONE, 'candidates kept; 16 where nothing is written'),
};

export const PRIORITY_ALIASES: Readonly<Record<string, string>> = {
  ps_steps: 'num_steps',
  ps_batches: 'num_batches',
  ps_candidates: 'num_candidates',
  ps_proposals: 'num_proposals',
  ps_mem_update: 'memory_update_frequency',
  batch_size: 'train_batch_size',
};

/** Returns the short names of GEPA's arguments; its variants count rounds by different names. */
export function gepaAliases(iterations: string): Readonly<Record<string, string>> {
  return {
    gepa_iters: iterations,
    gepa_train_bs: 'train_batch_size',
    gepa_merge_every: 'merge_every',
    gepa_pareto_subset: 'pareto_subset_size',
  };
}
