import type {z} from 'zod';

import {suggest, type DocumentPath} from '../../config/problem.ts';
import type {Complaint, Report} from '../../config/report.ts';
import {describeIssue} from '../../config/schema/describe-issue.ts';
import {readAt} from '../../core/mapping.ts';
import {isSecretKey} from '../../core/secrets.ts';
import {LLM_KEYS, MATRIX_KEYS, TASK_KEYS, TRAINER_KEYS} from './bench-matrix.ts';
import type {SpelledMatrix} from './spellings.ts';

type Issue = z.core.$ZodIssue;

/** Reports what the schema found, each at the place where it was written. */
export function reportIssues(issues: readonly Issue[], matrix: SpelledMatrix, report: Report): void {
  for (const issue of issues) {
    const path = issue.path.filter(part => typeof part !== 'symbol');
    if (issue.code === 'unrecognized_keys') {
      for (const key of issue.keys) report.problem(matrix.place([...path, key]), describeUnknown(key, path));
      continue;
    }
    const complaint = describeIssue(issue, path, readAt(matrix.value, path));
    report.problem(matrix.place(path), withHint(complaint, path));
  }
}

function describeUnknown(key: string, path: DocumentPath): Complaint {
  const known = knownKeys(path);
  const spelling = suggest(key, known);
  if (spelling === undefined && isSecretKey(key)) {
    const hint = 'put it into an environment variable and name that in llm.api_key_env';
    return {found: `the key "${key}"`, expected: 'no secrets in a config', hint};
  }
  const hint = spelling ?? `known here: ${known.join(', ')}`;
  return {found: `the unknown key "${key}"`, expected: 'a known one', hint};
}

function withHint(complaint: Complaint, path: DocumentPath): Complaint {
  if (path.at(-1) !== 'id' || complaint.hint !== undefined) return complaint;
  return {...complaint, hint: `an entry of ${String(path[0])} is a name, or a mapping with id`};
}

function knownKeys([part]: DocumentPath): readonly string[] {
  switch (part) {
    case 'tasks':
      return TASK_KEYS;
    case 'trainers':
      return TRAINER_KEYS;
    case 'llm':
      return LLM_KEYS;
    default:
      return MATRIX_KEYS;
  }
}
