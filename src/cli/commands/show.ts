import type {Command} from 'commander';

import {findQuestion, findTranscripts, readTranscript} from '../../analyze/records/find-conversation.ts';
import {UserError} from '../../core/errors.ts';
import {escapeInvisible} from '../../core/text/visible.ts';
import type {RunAction} from '../declare.ts';
import {openLayout, type CommandIo, type ExitCode} from '../io.ts';
import {renderTranscript, type ShowOptions} from '../render/render-transcript.ts';

export function declareShow(program: Command, run: RunAction): void {
  program
    .command('show <id>')
    .description(
      'Print one conversation; id: a transcript id or question id, the beginning of one, or a transcript file',
    )
    .option('--prompts', 'also print the prompts, where they were recorded (MAC_FAIRNESS_DEBUG_FLAG=1)')
    .option('--full', 'print unusable replies and thoughts in full')
    .action((id: string, options: ShowOptions) => run(io => showCommand(id, options, io)));
}

/** Runs `mac show ID`: prints one conversation for reading. */
export async function showCommand(id: string, options: ShowOptions, io: CommandIo): Promise<ExitCode> {
  const layout = openLayout(io);
  const paths = await findTranscripts(layout, id, io.cwd);
  const [path] = paths;
  if (path === undefined) {
    throw new UserError('transcript-unknown', `no transcript or question "${id}" in this workspace`, {
      hint: 'a transcript id, a question id or the path of a transcript is expected; the indexes in bookkeeping/ list them',
    });
  }
  if (paths.length > 1) {
    io.stderr.write(`${paths.length} conversations about ${id}; this is the last. The others:\n`);
    for (const other of paths.slice(1)) io.stderr.write(`  ${other}\n`);
  }
  const transcript = await readTranscript(path);
  const question = await findQuestion(layout, transcript);
  io.stdout.write(escapeInvisible(renderTranscript(transcript, question, options)));
  return 0;
}
