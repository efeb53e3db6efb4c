import {axesThatChange, enumerateCombinations} from './enumerate.ts';
import type {Plan} from './plan.ts';

/** The cost of a plan. */
export interface PlanSummary {
  readonly tasks: number;
  /** Sum over tasks; one conversation each. */
  readonly questions: number;
  /** Without repetitions of calls; with early stops fewer. */
  readonly requests: number;
  readonly requestsByModel: Readonly<Record<string, number>>;
  readonly questionFiles: readonly {readonly file: string; readonly questions: number; readonly tasks: number}[];
}

const AGENTS = 'agent_definitions';

/** Paths that decide how many conversations of how many turns there are. */
const TURNS = /^(?:experiment_metadata(?:\.questions_file)?|conversation_config(?:\.max_rounds)?)$/;
const FILE = /^experiment_metadata(?:\.questions_file)?$/;

/**
 * Counts without visiting every task: for the conversations only the axes that change the question file are enumerated,
 * for each agent's requests those that change the file, the rounds or that agent's model.
 *
 * @param questionCount of a file, `--limit` applied.
 * @throws UserError what `questionCount` and `plan.configAt` throw.
 */
export function summarisePlan(plan: Plan, {questionCount}: {questionCount: (file: string) => number}): PlanSummary {
  const files = countFiles(plan, {questionCount});
  const byModel: Record<string, number> = {};
  for (const agent of agentGroups(plan)) {
    const isRelevant = (path: string): boolean => TURNS.test(path) || isAboutModel(path, agent);
    for (const {index, tasks} of enumerateCombinations(plan, axesThatChange(plan, isRelevant))) {
      const config = plan.configAt(index);
      const turns =
        tasks * questionCount(config.experiment_metadata.questions_file) * config.conversation_config.max_rounds;
      const agents = agent === 'all' ? config.agent_definitions : config.agent_definitions.slice(agent, agent + 1);
      for (const {model} of agents) byModel[model] = (byModel[model] ?? 0) + turns;
    }
  }
  return {
    tasks: plan.size,
    questions: files.reduce((sum, {questions, tasks}) => sum + questions * tasks, 0),
    requests: Object.values(byModel).reduce((sum, requests) => sum + requests, 0),
    requestsByModel: byModel,
    questionFiles: files,
  };
}

function countFiles(
  plan: Plan,
  {questionCount}: {questionCount: (file: string) => number},
): PlanSummary['questionFiles'] {
  const tasksByFile = new Map<string, number>();
  for (const {index, tasks} of enumerateCombinations(
    plan,
    axesThatChange(plan, path => FILE.test(path)),
  )) {
    const file = plan.configAt(index).experiment_metadata.questions_file;
    tasksByFile.set(file, (tasksByFile.get(file) ?? 0) + tasks);
  }
  return [...tasksByFile].map(([file, tasks]) => ({file, questions: questionCount(file), tasks}));
}

/**
 * Agents one by one, so that their models are not combined with each other; all together where an axis writes the whole
 * list.
 */
function agentGroups(plan: Plan): readonly (number | 'all')[] {
  if (plan.size === 0) return [];
  if (axesThatChange(plan, path => path === AGENTS).length > 0) return ['all'];
  return [...plan.configAt(0).agent_definitions.keys()];
}

function isAboutModel(path: string, agent: number | 'all'): boolean {
  const [section, position, field] = path.split('.');
  if (section !== AGENTS) return false;
  if (position === undefined) return true;
  return (agent === 'all' || Number(position) === agent) && (field === undefined || field === 'model');
}
