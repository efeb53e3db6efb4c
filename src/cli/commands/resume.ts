import {readEnvironment} from '../../config/workspace.ts';
import {UserError} from '../../core/errors.ts';
import {createLayout} from '../../record/layout.ts';
import type {CommandIo, ExitCode} from '../io.ts';
import {findResumable, nullQuestions, prepareResume, type ResumableRun} from '../prepare-resume.ts';
import {describeTask} from '../progress/render.ts';
import type {ExecuteOptions} from './run.ts';

export interface ResumeOptions extends ExecuteOptions {
  readonly dryRun?: boolean;
}

/** `mac resume [GRID]`: runs what is missing, and only that. */
export async function resumeCommand(selector: string, options: ResumeOptions, io: CommandIo): Promise<ExitCode> {
  try {
    if (options.dryRun === true) return await printTree(selector, options, io);
    const prepared = await prepareResume(selector, options.tasks, io);
    const {executeHere} = await import('../execute-here.ts');
    return await executeHere(prepared, options, io);
  } catch (error) {
    // "Resume until it says done" must be able to stop.
    if (!(error instanceof UserError) || error.code !== 'grid-finished') throw error;
    io.stdout.write(`nothing to resume: ${error.message}\n`);
    return 0;
  }
}

/** How many null questions of a task the tree shows. */
const SHOWN_QUESTIONS = 5;

async function printTree(selector: string, options: ResumeOptions, io: CommandIo): Promise<ExitCode> {
  const layout = createLayout(readEnvironment(io.env, io.cwd));
  const runs = await findResumable(layout, selector, options.tasks);
  for (const run of runs) {
    io.stdout.write(renderRunLine(run));
    for (const unfinished of run.tasks) {
      io.stdout.write(`  ${describeTask(unfinished.task.label)} (${unfinished.status})\n`);
      const nulls = await nullQuestions(layout, unfinished);
      if (!nulls) continue;
      const {total, ids} = nulls;
      io.stdout.write(`    ├── ${total - ids.length}/${total} succeeded\n    ├── null questions: ${ids.length}\n`);
      for (const id of ids.slice(0, SHOWN_QUESTIONS)) io.stdout.write(`    │   ├── ${id}\n`);
      if (ids.length > SHOWN_QUESTIONS) io.stdout.write(`    │   └── … and ${ids.length - SHOWN_QUESTIONS} more\n`);
      if (unfinished.reason !== undefined) io.stdout.write(`    └── last stop: ${unfinished.reason}\n`);
    }
  }
  const left = runs.reduce((sum, {tasks}) => sum + tasks.length, 0);
  io.stdout.write(`dry run: ${left} tasks would be resumed, nothing was changed\n`);
  return 0;
}

function renderRunLine({run, tasks, succeeded, total}: ResumableRun): string {
  const repetition = run.repetitions > 1 ? `, repetition ${run.repetition} of ${run.repetitions}` : '';
  return `${run.grid_id} (${run.config_name}${repetition}): ${succeeded} of ${total} tasks done, ${tasks.length} to resume\n`;
}
