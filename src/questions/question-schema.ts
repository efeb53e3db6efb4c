import {z} from 'zod';

const LETTER = /^[A-Z]$/;

/** The published question format, strictly: schema 2025-12-10 (docs/formats.md). */
export const questionSchema = z
  .strictObject({
    question_id: z.string(),
    source_dataset: z.string(),
    source_id: z.string(),
    question_type: z.enum(['multiple_choice', 'binary']),
    context: z.string().optional(),
    question: z.string(),
    choices: z.array(z.object({id: z.string(), text: z.string()})),
    correct_answer_id: z.string(),
    source_metadata: z.record(z.string(), z.unknown()).optional(),
    schema_version: z.string().regex(/^\d{4}-\d{2}-\d{2}$/, 'expected a date such as 2025-12-10'),
  })
  .refine(({choices}) => choices.every(({id}) => LETTER.test(id)), {
    path: ['choices'],
    message: 'every choice id must be one capital letter',
  })
  .refine(({correct_answer_id}) => LETTER.test(correct_answer_id), {
    path: ['correct_answer_id'],
    message: 'must be one capital letter',
  });

/** Where a row departs from the published format; such rows run, but other tools may refuse them. */
export function schemaRemarks(question: unknown): string[] {
  const {error} = questionSchema.safeParse(question);
  return error ? error.issues.map(issue => `${issue.path.join('.') || 'row'}: ${issue.message}`) : [];
}
