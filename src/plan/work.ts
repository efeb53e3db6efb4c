import type {Plan} from './plan.ts';
import {tabulate, type Tabulated} from './tabulate.ts';

/** Paths that decide how many requests a task makes. */
const TURNS =
  /^(?:experiment_metadata(?:\.questions_file)?|conversation_config(?:\.max_rounds)?|agent_definitions(?:\.\d+)?)$/;

/**
 * Requests of each task, without repeated ones: questions × rounds × agents.
 *
 * @param questionCount of a file, `--limit` applied.
 * @throws UserError what `plan.configAt` and `questionCount` throw.
 */
export function tabulateRequests(
  plan: Plan,
  {questionCount}: {questionCount: (file: string) => number},
): Tabulated<number> {
  return tabulate(
    plan,
    path => TURNS.test(path),
    index => {
      const {experiment_metadata, conversation_config, agent_definitions} = plan.configAt(index);
      return (
        questionCount(experiment_metadata.questions_file) * conversation_config.max_rounds * agent_definitions.length
      );
    },
  );
}
