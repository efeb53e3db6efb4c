import {
  BASIC_SEARCH,
  BEAMSEARCH,
  BEAM_SEARCH,
  GEPA_BASE,
  GEPA_BEAM,
  GEPA_UCB,
  MINIBATCH,
  NO_OP,
  PRIORITY_ALIASES,
  PRIORITY_SEARCH,
  SEQUENTIAL_SEARCH,
  SEQUENTIAL_UPDATE,
  UCB_SEARCH,
  gepaAliases,
  type TrainerParameters,
} from './trainer-parameters.ts';

/** Tells that something can be used here, or why not and what to do. */
export type Availability = {readonly available: true} | {readonly available: false; readonly reason: string};

export interface TrainerEntry {
  readonly id: string;
  /** `external`: a library of another language, or a command. */
  readonly source: 'native' | 'external';
  readonly aliases: readonly string[];
  readonly summary: string;
  /** Null: not known here, all are passed on. */
  readonly parameters: TrainerParameters | null;
  /** Short names of parameters → their names. `threads` → `num_threads` everywhere. */
  readonly parameterAliases: Readonly<Record<string, string>>;
  readonly availability: Availability;
}

interface NativeOptions {
  readonly aliases?: readonly string[];
  readonly parameterAliases?: Readonly<Record<string, string>>;
}

function native(
  id: string,
  summary: string,
  parameters: TrainerParameters,
  {aliases = [], parameterAliases = {}}: NativeOptions = {},
): TrainerEntry {
  return {id, source: 'native', aliases, summary, parameters, parameterAliases, availability: {available: true}};
}

/** A trainer of another system. Never run by a look-alike: its results would go under a wrong name. */
function foreign(id: string, needs: string): TrainerEntry {
  const reason = `needs ${needs}; give the trainer a command that speaks docs/optimize-protocol.md`;
  return {
    id,
    source: 'external',
    aliases: [],
    summary: `wrapper over ${needs}`,
    parameters: null,
    parameterAliases: {},
    availability: {available: false, reason},
  };
}

const PRIORITY = {parameterAliases: PRIORITY_ALIASES};

/** All trainers that are known by name. A new native one is a file in `trainers/` and two lines. */
export const TRAINERS: readonly TrainerEntry[] = [
  native('NoOpTrainer', 'scores every example, changes nothing', NO_OP, {aliases: ['NoOp']}),
  native('Minibatch', 'one proposal for each batch', MINIBATCH, {aliases: ['MinibatchAlgorithm']}),
  native('BasicSearch', 'the best of several proposals for each batch', BASIC_SEARCH, {
    aliases: ['BasicSearchAlgorithm'],
  }),
  native('Beamsearch', 'several candidates deepened side by side', BEAMSEARCH, {aliases: ['BeamsearchAlgorithm']}),
  native('UCBSearch', 'a bandit over candidates', UCB_SEARCH, {aliases: ['UCBSearchAlgorithm']}),
  native('PrioritySearch', 'a heap of candidates by priority', PRIORITY_SEARCH, PRIORITY),
  native('SequentialUpdate', 'PrioritySearch with one candidate and one proposal', SEQUENTIAL_UPDATE, PRIORITY),
  native('SequentialSearch', 'PrioritySearch with one candidate', SEQUENTIAL_SEARCH, PRIORITY),
  native('BeamSearch', 'PrioritySearch with a heap of `num_candidates`', BEAM_SEARCH, PRIORITY),
  native('GEPA-Base', 'evolution on a Pareto subset, with merges', GEPA_BASE, {
    aliases: ['GEPAAlgorithmBase'],
    parameterAliases: gepaAliases('num_iters'),
  }),
  native('GEPA-UCB', 'GEPA with `max_buffer_size` candidates', GEPA_UCB, {
    aliases: ['GEPAUCBSearch'],
    parameterAliases: gepaAliases('num_search_iterations'),
  }),
  native('GEPA-Beam', 'GEPA whose parents are among the best by wins and mean', GEPA_BEAM, {
    aliases: ['GEPABeamPareto'],
    parameterAliases: gepaAliases('num_search_iterations'),
  }),
  foreign('DSPyTrainer', 'the Python package dspy'),
  foreign('TextGradTrainer', 'the Python package textgrad'),
  foreign('OpenEvolveTrainer', 'the Python package openevolve'),
  foreign('POLCA', 'the Python package opto (OpenTrace) with an embedding model'),
  foreign('ParetobasedPS', 'the Python package opto (OpenTrace)'),
  foreign('StreamingPrioritySearch', 'the Python package opto (OpenTrace)'),
];
