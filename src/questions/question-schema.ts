import {z} from 'zod';

import {readAt} from '../core/mapping.ts';
import {describeExpected} from '../core/text/describe-issues.ts';

const LETTER = /^[A-Z]$/;

/** Its pattern is checked below, for the list as a whole; here it is for the JSON Schema. */
const letter = z.string().meta({pattern: LETTER.source});

/** The published question format, strictly: schema 2025-12-10 (docs/formats.md). */
export const questionSchema = z
  .strictObject({
    question_id: z.string(),
    source_dataset: z.string(),
    source_id: z.string(),
    question_type: z.enum(['multiple_choice', 'binary']),
    context: z.string().optional(),
    question: z.string(),
    choices: z.array(z.object({id: letter, text: z.string()})),
    correct_answer_id: letter,
    source_metadata: z.record(z.string(), z.unknown()).optional(),
    schema_version: z.string().regex(/^\d{4}-\d{2}-\d{2}$/, 'a date such as 2025-12-10'),
  })
  .refine(({choices}) => choices.every(({id}) => LETTER.test(id)), {
    path: ['choices'],
    message: 'ids of one capital letter',
  })
  .refine(({correct_answer_id}) => LETTER.test(correct_answer_id), {
    path: ['correct_answer_id'],
    message: 'one capital letter',
  });

/** Lists where a row departs from the published format, as `field: …`; it runs, but other tools may refuse it. */
export function schemaRemarks(question: unknown): string[] {
  const {error} = questionSchema.safeParse(question);
  return (error?.issues ?? []).flatMap(issue => describeIssue(issue, question));
}

function describeIssue(issue: z.core.$ZodIssue, question: unknown): string[] {
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map(key => `${key}: a key that the published format does not have`);
  const found = describe(readAt(question, issue.path));
  const place = issue.path.map((key, i) =>
    typeof key === 'number' ? `[${key}]` : `${i > 0 ? '.' : ''}${String(key)}`,
  );
  return [`${place.join('')}: found ${found}, the published format wants ${describeExpected(issue)}`];
}

function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (value !== null && typeof value === 'object') return 'a mapping';
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
