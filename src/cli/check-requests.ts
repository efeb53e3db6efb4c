import type {Problem} from '../config/problem.ts';
import type {ReadConfig} from '../config/read-config.ts';
import type {ConfigSource} from '../config/report.ts';
import type {TaskConfig} from '../core/task-config.ts';
import type {CountedProblem} from '../plan/check.ts';
import {droppedOptions, findDroppedOptions, findNamesNeverSent} from '../plan/dropped-options.ts';
import {findEqualTasks} from '../plan/equal-tasks.ts';
import type {Plan} from '../plan/plan.ts';
import {findIdentities, requestKey, showsInRequests} from '../plan/request-key.ts';
import type {KnownFiles} from './question-files.ts';

/** Warns of options that agents set and no request to their model carries. The plan is valid. */
export function droppedOptionWarnings(
  plan: Plan,
  {path: file, document}: ReadConfig,
  validate: (raw: unknown) => TaskConfig,
): CountedProblem[] {
  return findDroppedOptions(plan, validate).map(({option, model, backend, why, path, agents}) => {
    const [first = '', ...more] = agents;
    const who = more.length === 0 ? `agent ${first}` : `${agents.length} agents`;
    const problem = {
      file,
      path,
      position: document.locate(path),
      found: `${option} of ${who}, which does not reach ${model} (backend: ${backend}): ${why}`,
      expected: 'options that the model gets',
      hint: 'the server decides; the records show what was sent',
    };
    return {problem, tasks: 1};
  });
}

/** Warns of names in `request.rename` and `request.drop` that no request carries. The plan is valid. */
export function neverSentWarnings(
  plan: Plan,
  {path: file, document}: ReadConfig,
  validate: (raw: unknown) => TaskConfig,
): CountedProblem[] {
  return findNamesNeverSent(plan, validate).map(({name, model, backend}) => {
    const path = ['model_definitions', model, 'request'];
    const problem = {
      file,
      path,
      position: document.locate(path),
      found: `${name}, which no request to ${model} (backend: ${backend}) carries`,
      expected: 'names of fields that are sent',
      hint: 'check its spelling; call.sampling in a transcript shows what is sent',
    };
    return {problem, tasks: 1};
  });
}

/** Finds tasks that would ask the same: their differences reach no request. The plan is valid. */
export function findEqualRequests(
  plan: Plan,
  source: ConfigSource,
  {files, validate}: {readonly files: KnownFiles; readonly validate: (raw: unknown) => TaskConfig},
): Problem[] {
  const configAt = (index: number): TaskConfig => validate(plan.rawAt(index));
  const isSameTask = (first: number, second: number): boolean => plan.taskAt(first).key === plan.taskAt(second).key;
  const identities = findIdentities(plan, validate);
  return findEqualTasks(plan, source, {
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
