import type {ModelContext} from '../../backend/backend-definition.ts';
import {backendFor} from '../../backend/backends.ts';
import {UserError} from '../../core/errors.ts';
import type {TaskConfig} from '../../core/task-config.ts';
import type {QuestionFiles} from '../../questions/question-files.ts';
import type {CountedProblem} from '../checked-plan.ts';
import {tasksThatMatter} from '../enumerate.ts';
import {estimateFit, requiredTokens, type Fit} from '../fit.ts';
import type {Plan} from '../plan.ts';
import {countedAt} from './locate-problems.ts';

const AFFECTS_FIT =
  /^(?:model_definitions|experiment_metadata(?:$|\.questions_file$)|conversation_config(?:$|\.(?:max_rounds|routing_strategy)$)|agent_definitions(?:$|\.\d+(?:$|\.(?:model|max_tokens|role_specific_config))))/;

/**
 * Requests that do not fit into the context of their models: replies that never can are problems, prompts that may not
 * are warnings.
 */
export interface CheckedFit {
  readonly problems: readonly CountedProblem[];
  readonly warnings: readonly CountedProblem[];
}

/**
 * Checks the requests of a valid plan against the context that the config gives its models; the longest of each kind is
 * named.
 */
export function checkFit(plan: Plan, files: QuestionFiles): CheckedFit {
  const problems = new Map<string, CountedProblem>();
  const longest = new Map<string, {readonly fit: Fit; readonly task: TaskConfig}>();
  for (const index of tasksThatMatter(plan, path => AFFECTS_FIT.test(path))) {
    const task = plan.configAt(index);
    const file = files.get(task.experiment_metadata.questions_file);
    if (file instanceof UserError) continue;
    for (const fit of estimateFit(task, file.longestTokens)) {
      const {agent, seat, context} = fit;
      if (agent.max_tokens >= context) {
        problems.set(`${seat} ${agent.max_tokens} ${context}`, describeReply(fit, task, plan));
        continue;
      }
      const id = `${agent.model} ${context}`;
      const known = longest.get(id)?.fit;
      if (requiredTokens(fit) > context && requiredTokens(fit) > (known ? requiredTokens(known) : 0))
        longest.set(id, {fit, task});
    }
  }
  const warnings = [...longest.values()].map(({fit, task}) => describePrompt(fit, task, plan));
  return {problems: [...problems.values()], warnings};
}

function describeReply({agent, seat, context}: Fit, task: TaskConfig, plan: Plan): CountedProblem {
  return countedAt(plan, ['agent_definitions', seat, 'max_tokens'], {
    found: `${agent.max_tokens}, and a context of ${context} tokens (${contextKey(agent.model, task)})`,
    expected: 'replies that leave room for the question',
    hint: `raise ${contextKey(agent.model, task)}, or lower max_tokens`,
  });
}

function describePrompt(fit: Fit, task: TaskConfig, plan: Plan): CountedProblem {
  const {agent, context, question, discussion, messages} = fit;
  const key = contextKey(agent.model, task);
  const path = ['model_definitions', agent.model, ...(findModelContext(agent.model, task)?.path ?? [])];
  const parts = [`${question} of the question`];
  if (messages > 0)
    parts.push(`${discussion} of what ${messages} agent${messages === 1 ? '' : 's'} said at their longest`);
  return countedAt(plan, path, {
    found: `a context of ${context} tokens, and a last request of ${agent.agent_id} that may take about ${requiredTokens(fit)} (${[...parts, `${agent.max_tokens} for the reply`].join(', ')})`,
    expected: 'a context that holds it',
    hint: `raise ${key}, or lower max_tokens`,
  });
}

function findModelContext(name: string, {model_definitions: models}: TaskConfig): ModelContext | undefined {
  const model = models[name];
  return model && backendFor(model).context?.(model);
}

function contextKey(name: string, task: TaskConfig): string {
  return findModelContext(name, task)?.path.at(-1) ?? 'the context';
}
