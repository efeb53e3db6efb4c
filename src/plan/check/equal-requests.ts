import type {Problem} from '../../config/problem.ts';
import type {TaskConfig} from '../../core/task-config.ts';
import type {QuestionFiles} from '../../questions/question-files.ts';
import type {Plan} from '../plan.ts';
import {droppedOptions} from './dropped-options.ts';
import {findEqualTasks} from './equal-tasks.ts';
import {findIdentities, requestKey, showsInRequests} from './request-key.ts';

/** Finds tasks that would ask the same: their differences reach no request. The plan is valid. */
export function findEqualRequests(plan: Plan, files: QuestionFiles): Problem[] {
  const {configAt} = plan;
  const isSameTask = (first: number, second: number): boolean => plan.taskAt(first).key === plan.taskAt(second).key;
  const identities = findIdentities(plan);
  return findEqualTasks(plan, {
    keyOf: index => {
      const config = configAt(index);
      return requestKey(config, files.require(config.experiment_metadata.questions_file).sha256, identities);
    },
    showsInKey: showsInRequests,
    describe: (first, second) =>
      isSameTask(first, second) ? 'would give the same results' : 'would send the same requests',
    explain: (first, second) =>
      isSameTask(first, second) ? undefined : explainEquality(configAt(first), configAt(second)),
  });
}

/** Says which options make no difference between two tasks that send the same requests. */
function explainEquality(first: TaskConfig, second: TaskConfig): string {
  const dropped = [...droppedOptions(first), ...droppedOptions(second)].filter(({option}) => {
    const serializeOption = ({agent_definitions: agents, conversation_config: {seed}}: TaskConfig): string =>
      JSON.stringify(option === 'seed' ? seed : agents.map(agent => agent[option]));
    return serializeOption(first) !== serializeOption(second);
  });
  const reasons = dropped.map(({option, model, why}) => `${option} does not reach ${model}: ${why}`);
  if (reasons.length === 0) return 'what differs is part of no request; for the same grid several times use --rep';
  return [...new Set(reasons)].join('; ');
}
