import type {Problem} from '../config/problem.ts';
import type {ReadConfig} from '../config/read-config.ts';
import {UserError} from '../core/errors.ts';
import type {TaskConfig} from '../core/task-config.ts';
import type {CountedProblem} from '../plan/check.ts';
import {axesThatChange, enumerateCombinations, representativeTasks} from '../plan/enumerate.ts';
import {estimateFit, type Fit, requiredTokens} from '../plan/fit.ts';
import type {ModelContext} from '../backend/backend-definition.ts';
import {backendFor} from '../backend/backends.ts';
import type {Plan} from '../plan/plan.ts';
import type {KnownFiles} from './question-files.ts';

const AFFECTS_FIT =
  /^(?:model_definitions|experiment_metadata(?:$|\.questions_file$)|conversation_config(?:$|\.(?:max_rounds|routing_strategy)$)|agent_definitions(?:$|\.\d+(?:$|\.(?:model|max_tokens|role_specific_config))))/;

/** Above this, one task for every value of every axis is looked at, not every combination. */
const MAX_COMBINATIONS = 2_000;

/**
 * What does not fit into the context of its model: replies that never can are problems, prompts that may not are
 * warnings.
 */
export interface CheckedFit {
  readonly problems: readonly CountedProblem[];
  readonly warnings: readonly CountedProblem[];
}

/**
 * Checks the requests of a valid plan against the context that the config gives its models; the longest of each kind is
 * named.
 */
export function checkFit(
  plan: Plan,
  config: ReadConfig,
  {files, validate}: {readonly files: KnownFiles; readonly validate: (raw: unknown) => TaskConfig},
): CheckedFit {
  const problems = new Map<string, CountedProblem>();
  const longest = new Map<string, {readonly fit: Fit; readonly task: TaskConfig}>();
  for (const index of selectTasksToCheck(plan)) {
    const task = validate(plan.rawAt(index));
    const file = files.get(task.experiment_metadata.questions_file);
    if (file instanceof UserError) continue;
    for (const fit of estimateFit(task, file.longestTokens)) {
      const {agent, seat, context} = fit;
      if (agent.max_tokens >= context) {
        problems.set(`${seat} ${agent.max_tokens} ${context}`, {problem: describeReply(fit, task, config), tasks: 1});
        continue;
      }
      const id = `${agent.model} ${context}`;
      const known = longest.get(id)?.fit;
      if (requiredTokens(fit) > context && requiredTokens(fit) > (known ? requiredTokens(known) : 0))
        longest.set(id, {fit, task});
    }
  }
  const warnings = [...longest.values()].map(({fit, task}) => ({problem: describePrompt(fit, task, config), tasks: 1}));
  return {problems: [...problems.values()], warnings};
}

function selectTasksToCheck(plan: Plan): number[] {
  const axes = axesThatChange(plan, path => AFFECTS_FIT.test(path));
  const combinations = axes.reduce((product, i) => product * (plan.axes[i]?.values.length ?? 1), 1);
  if (combinations > MAX_COMBINATIONS) return representativeTasks(plan, axes);
  return [...enumerateCombinations(plan, axes)].map(({index}) => index);
}

function describeReply({agent, seat, context}: Fit, task: TaskConfig, {path: file, document}: ReadConfig): Problem {
  const path = ['agent_definitions', seat, 'max_tokens'];
  return {
    file,
    path,
    position: document.locate(path),
    found: `${agent.max_tokens}, and a context of ${context} tokens (${contextKey(agent.model, task)})`,
    expected: 'replies that leave room for the question',
    hint: `raise ${contextKey(agent.model, task)}, or lower max_tokens`,
  };
}

function describePrompt(fit: Fit, task: TaskConfig, {path: file, document}: ReadConfig): Problem {
  const {agent, context, question, discussion, messages} = fit;
  const key = contextKey(agent.model, task);
  const path = ['model_definitions', agent.model, ...(findModelContext(agent.model, task)?.path ?? [])];
  const parts = [`${question} of the question`];
  if (messages > 0)
    parts.push(`${discussion} of what ${messages} agent${messages === 1 ? '' : 's'} said at their longest`);
  return {
    file,
    path,
    position: document.locate(path) ?? document.locate(path.slice(0, 2)),
    found: `a context of ${context} tokens, and a last request of ${agent.agent_id} that may take about ${requiredTokens(fit)} (${[...parts, `${agent.max_tokens} for the reply`].join(', ')})`,
    expected: 'a context that holds it',
    hint: `raise ${key}, or lower max_tokens`,
  };
}

function findModelContext(name: string, {model_definitions: models}: TaskConfig): ModelContext | undefined {
  const model = models[name];
  return model && backendFor(model).context?.(model);
}

function contextKey(name: string, task: TaskConfig): string {
  return findModelContext(name, task)?.path.at(-1) ?? 'the context';
}
