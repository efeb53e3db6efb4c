import type {TaskConfig} from '../core/task-config.ts';
import type {Plan} from './plan.ts';
import {tabulate, type Tabulated} from './tabulate.ts';

/** Paths that decide how many requests a task makes. */
const TURNS =
  /^(?:experiment_metadata(?:\.questions_file)?|conversation_config(?:\.max_rounds)?|agent_definitions(?:\.\d+)?)$/;

/**
 * Requests of each task, without repeated ones: questions × rounds × agents.
 *
 * @param questionCount of a file, `--limit` applied.
 * @throws UserError what the arguments throw.
 */
export function tabulateRequests(
  plan: Plan,
  {questionCount, validate}: {questionCount: (file: string) => number; validate: (raw: unknown) => TaskConfig},
): Tabulated<number> {
  return tabulate(
    plan,
    path => TURNS.test(path),
    index => {
      const {experiment_metadata, conversation_config, agent_definitions} = validate(plan.rawAt(index));
      return (
        questionCount(experiment_metadata.questions_file) * conversation_config.max_rounds * agent_definitions.length
      );
    },
  );
}
