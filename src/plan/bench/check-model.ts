import type {DocumentPath} from '../../config/problem.ts';
import {resolveOptimizer} from '../../optimize/registry.ts';
import type {MatrixFinding} from './matrix-finding.ts';
import type {BenchMatrix, BenchTrainer} from './resolved-matrix.ts';
import {describeTrainer} from './trainer-arguments.ts';

/** The provider that answers without a model. */
const SIMULATED = 'simulated';

/** Checks that a matrix in real mode names the model that its proposers ask. */
export function checkModel({mode, llm, trainers}: BenchMatrix): MatrixFinding[] {
  if (mode !== 'real' || llm.model !== undefined || llm.provider === SIMULATED) return [];
  const asking = trainers.find(trainer => asksModel(trainer));
  if (!asking) return [];
  const path: DocumentPath = Object.keys(llm).length > 0 ? ['llm'] : ['mode'];
  const found = `mode real without a model, which the optimizer of ${asking.id} asks`;
  const hint = 'optimizer: heuristic asks no model, and mode: stub neither';
  return [{path, complaint: {found, expected: 'llm.model: the name of a model', hint}, isProblem: true}];
}

/** A program of the user's need not ask us for proposals; one that is not available here never runs. */
function asksModel(trainer: BenchTrainer): boolean {
  const {source, availability} = describeTrainer(trainer);
  if (trainer.command || source === 'external' || !availability.available) return false;
  return resolveOptimizer(trainer.optimizer ?? null, 'real')?.id === 'mac.LlmProposer';
}
