import type {DocumentPath} from '../../config/problem.ts';
import {findTask, resolveOptimizer} from '../../optimize/registry.ts';
import type {MatrixFinding} from './matrix-finding.ts';
import type {BenchMatrix, BenchTask, BenchTrainer} from './resolved-matrix.ts';
import {describeTrainer} from './trainer-arguments.ts';

/** The provider that answers without a model. */
const SIMULATED = 'simulated';

/** Checks that a matrix in real mode names the model that its tasks and its proposers ask. */
export function checkModel(matrix: BenchMatrix): MatrixFinding[] {
  const {mode, llm} = matrix;
  if (mode !== 'real' || llm.model !== undefined || llm.provider === SIMULATED) return [];
  const asking = findAsking(matrix);
  if (!asking) return [];
  const path: DocumentPath = Object.keys(llm).length > 0 ? ['llm'] : ['mode'];
  const found = `mode real without a model, which ${asking.who} asks`;
  return [{path, complaint: {found, expected: 'llm.model: the name of a model', hint: asking.hint}, isProblem: true}];
}

/** Finds the first part of a matrix that asks a model, and how to do without. */
function findAsking({tasks, trainers}: BenchMatrix): {readonly who: string; readonly hint: string} | undefined {
  const task = tasks.find(each => taskAsksModel(each));
  if (task) return {who: `the task ${task.id}`, hint: 'mode: stub asks none'};
  const trainer = trainers.find(each => proposerAsksModel(each));
  if (!trainer) return undefined;
  const hint = 'optimizer: heuristic asks no model, and mode: stub neither';
  return {who: `the optimizer of ${trainer.id}`, hint};
}

/** Trainers of every kind have tasks scored by us; a task of the user's own need not ask our model. */
function taskAsksModel({id, command}: BenchTask): boolean {
  return command === undefined && findTask(id)?.asksModel === true;
}

/** A program of the user's need not ask us for proposals; one that is not available here never runs. */
function proposerAsksModel(trainer: BenchTrainer): boolean {
  const {source, availability} = describeTrainer(trainer);
  if (trainer.command || source === 'external' || !availability.available) return false;
  return resolveOptimizer(trainer.optimizer ?? null, 'real')?.id === 'mac.LlmProposer';
}
