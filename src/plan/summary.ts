import type {TaskConfig} from '../core/task-config.ts';
import {axesThatChange, combinationsOf} from './enumerate.ts';
import type {Plan} from './plan.ts';

/** What a plan would cost. */
export interface PlanSummary {
  readonly tasks: number;
  /** Sum over tasks; one conversation each. */
  readonly questions: number;
  /** Without repetitions of calls. */
  readonly requests: number;
  readonly requestsByModel: Readonly<Record<string, number>>;
  readonly questionFiles: readonly {readonly file: string; readonly questions: number; readonly tasks: number}[];
}

/** Paths that decide how much a task asks. */
const COSTS =
  /^(?:experiment_metadata(?:\.questions_file)?|conversation_config(?:\.max_rounds)?|agent_definitions(?:\.\d+(?:\.model)?)?)$/;

/**
 * Counts without visiting every task: only the axes that change how much a task asks are enumerated.
 *
 * @param questionCount of a file, `--limit` applied.
 * @param validate as for `compileGrid`.
 * @throws UserError what `questionCount` and `validate` throw.
 */
export function summarisePlan(
  plan: Plan,
  {questionCount, validate}: {questionCount: (file: string) => number; validate: (raw: unknown) => TaskConfig},
): PlanSummary {
  let questions = 0;
  let requests = 0;
  const byModel: Record<string, number> = {};
  const files = new Map<string, {questions: number; tasks: number}>();
  const axes = axesThatChange(plan, path => COSTS.test(path));
  for (const {index, tasks} of combinationsOf(plan, axes)) {
    const config = validate(plan.rawAt(index));
    const {questions_file: file} = config.experiment_metadata;
    const count = questionCount(file);
    const turns = tasks * count * config.conversation_config.max_rounds;
    questions += tasks * count;
    for (const {model} of config.agent_definitions) {
      byModel[model] = (byModel[model] ?? 0) + turns;
      requests += turns;
    }
    files.set(file, {questions: count, tasks: (files.get(file)?.tasks ?? 0) + tasks});
  }
  return {
    tasks: plan.size,
    questions,
    requests,
    requestsByModel: byModel,
    questionFiles: [...files].map(([file, counts]) => ({file, ...counts})),
  };
}
