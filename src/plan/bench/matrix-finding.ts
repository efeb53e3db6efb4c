import type {DocumentPath} from '../../config/problem.ts';
import type {Complaint} from '../../config/report.ts';

/** One thing that is wrong, or odd, with a matrix. */
export interface MatrixFinding {
  /** In the matrix as the schema saw it. */
  readonly path: DocumentPath;
  readonly complaint: Complaint;
  /** False: it runs all the same. */
  readonly isProblem: boolean;
}
