import {z} from 'zod';

import type {Mapping} from '../../core/mapping.ts';
import {matrixSchema} from './bench-matrix.ts';
import {hashLlm, hashMatrix} from './jobs.ts';
import {fillIn} from './read-matrix.ts';
import type {BenchMatrix} from './resolved-matrix.ts';

/** Parts of a matrix that the derived files of a run need besides its trials. */
export interface BenchDetails {
  readonly run_id: string;
  readonly config_hash: string;
  readonly llm_hash: string;
  readonly matrix: BenchMatrix;
}

/** Returns the `details` of a plan. */
export function makeDetails(matrix: BenchMatrix, runId: string): Mapping {
  const details: BenchDetails = {
    run_id: runId,
    config_hash: hashMatrix(matrix),
    llm_hash: hashLlm(matrix),
    matrix: {...matrix, run_id: runId},
  };
  return {...details};
}

const detailsSchema = z.object({
  run_id: z.string(),
  config_hash: z.string(),
  llm_hash: z.string(),
  matrix: matrixSchema,
});

/** Reads the `details` of a plan again. */
export function readDetails(details: Mapping): BenchDetails {
  const {matrix, ...rest} = detailsSchema.parse(details);
  return {...rest, matrix: fillIn(matrix)};
}
