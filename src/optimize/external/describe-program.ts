import {z} from 'zod';

import {describeIssues} from '../../core/text/describe-issues.ts';
import type {ProgramPlace} from './external-task.ts';
import {ExternalProgram, ProgramError} from './program.ts';
import {fillPython} from './program-words.ts';

const listSchema = z.object({
  tasks: z.array(z.object({id: z.string(), summary: z.string().default('')})).default([]),
  trainers: z
    .array(z.object({id: z.string(), summary: z.string().default(''), parameters: z.array(z.string()).nullish()}))
    .default([]),
});

/** The tasks and trainers that a program offers. */
export type ProgramList = z.output<typeof listSchema>;

/** Asks a program for what it offers. @throws ProgramError */
export async function listProgram(
  argv: readonly string[],
  {env, print}: ProgramPlace,
  limitSeconds = 20,
): Promise<ProgramList> {
  const program = await ExternalProgram.start({
    argv: fillPython(argv, env),
    env,
    helloSeconds: limitSeconds,
    onStray: print,
  });
  try {
    const list = await program.call('list', {}, limitSeconds);
    const parsed = listSchema.safeParse(list);
    if (parsed.success) return parsed.data;
    throw new ProgramError(
      'protocol',
      `the list of ${argv.join(' ')} is not as expected: ${describeIssues(parsed.error, list)}`,
    );
  } finally {
    await program.close();
  }
}
