/** A part of a job that is chosen by name: what proposes, judges or logs. */
export interface PartEntry {
  readonly id: string;
  readonly aliases: readonly string[];
  readonly summary: string;
}

function part(id: string, summary: string, aliases: readonly string[] = []): PartEntry {
  return {id, aliases, summary};
}

/** Proposers: what is called optimizer in a matrix. */
export const OPTIMIZERS: readonly PartEntry[] = [
  part('mac.StubProposer', 'never suggests anything', ['stub']),
  part('mac.HeuristicProposer', 'seeded steps, choices in turn, texts from a list of the task; asks no model', [
    'heuristic',
  ]),
  part('mac.LlmProposer', 'asks a model; in stub mode it suggests nothing', ['llm']),
];

/** Optimizers of other systems that are run by one of ours, which is said wherever results are. */
export const MAPPED_OPTIMIZERS: readonly string[] = ['OptoPrime', 'OptoPrimeV2', 'OPRO', 'OPROv2'];

export const GUIDES: readonly PartEntry[] = [
  part('mac.TaskGuide', "the task's own", ['task']),
  part('mac.ExactMatchGuide', '1 where the response is the reference, else 0', ['exact_match']),
  part('mac.ContainsGuide', '1 where the response contains the reference, else 0', ['contains']),
  part('mac.DistanceGuide', 'minus the distance of two numbers; −1 where one is none', ['distance']),
];

export const LOGGERS: readonly PartEntry[] = [
  part('NullLogger', 'nothing', ['none', 'null', 'off', 'disable', 'disabled']),
  part('ConsoleLogger', 'a line on standard output for each number, and `scalars.jsonl`', ['DefaultLogger']),
  part('TensorboardLogger', 'an event file in `tb/`, and `scalars.jsonl`', ['TensorBoardLogger']),
  part('JsonLinesLogger', '`scalars.jsonl` only'),
];
