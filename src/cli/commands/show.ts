import {readFile} from 'node:fs/promises';
import {basename, resolve} from 'node:path';
import type {Command} from 'commander';

import {readEnvironment} from '../../config/workspace.ts';
import {parseYaml11} from '../../config/yaml/yaml.ts';
import {errorMessage, UserError} from '../../core/errors.ts';
import {ambiguousName, findByName} from '../../core/text/find-by-name.ts';
import {escapeInvisible} from '../../core/text/visible.ts';
import type {Question} from '../../questions/question.ts';
import {readQuestions} from '../../questions/read.ts';
import type {Transcript} from '../../record/formats.ts';
import {findIndexes} from '../../record/index/find-records.ts';
import {latestRecords, readIndex, type IndexRecord} from '../../record/index/index-file.ts';
import {createLayout, type Layout} from '../../record/layout.ts';
import type {RunAction} from '../declare.ts';
import type {CommandIo, ExitCode} from '../io.ts';
import {renderTranscript, type ShowOptions} from '../render/render-transcript.ts';

export function declareShow(program: Command, run: RunAction): void {
  program
    .command('show <id>')
    .description(
      'Print one conversation; id: a transcript id or a question id, a beginning of one, or a transcript file',
    )
    .option('--prompts', 'print the prompts too, where they were recorded (MAC_FAIRNESS_DEBUG_FLAG=1)')
    .option('--full', 'print unusable replies and thoughts in full')
    .action((id: string, options: ShowOptions) => run(io => showCommand(id, options, io)));
}

/** Runs `mac show ID`: prints one conversation for reading. */
export async function showCommand(id: string, options: ShowOptions, io: CommandIo): Promise<ExitCode> {
  const layout = createLayout(readEnvironment(io.env, io.cwd));
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

/** Returns the paths of the transcripts that an id means, the latest first. */
async function findTranscripts(layout: Layout, id: string, cwd: string): Promise<string[]> {
  if (id.endsWith('.json')) return [resolve(cwd, layout.resolve(id))];
  const recorded: IndexRecord[] = [];
  for (const index of await findIndexes(layout))
    recorded.push(...latestRecords((await readIndex(index)).records).values());
  const found = findByName(id, recorded, ({question_id: question, transcript_path: path}) => [
    question,
    basename(path, '.json'),
  ]);
  const questions = [...new Set(found.map(({question_id: question}) => question))];
  if (questions.length > 1) throw ambiguousName('transcript-ambiguous', id, questions);
  return found
    .sort((a, b) => ((a.created_at ?? '') < (b.created_at ?? '') ? 1 : -1))
    .map(({transcript_path: path}) => layout.resolve(path));
}

async function readTranscript(path: string): Promise<Transcript> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Transcript;
  } catch (error) {
    throw new UserError('transcript-unreadable', `${path}: ${errorMessage(error)}`, {
      hint: 'mac resume or mac repair runs a question again whose transcript is lost',
      cause: error,
    });
  }
}

/** Returns the question as it was asked (debug transcripts), else from the config's file; null when that is gone. */
async function findQuestion(layout: Layout, transcript: Transcript): Promise<Question | null> {
  const recorded = transcript['question'] as Question | undefined;
  if (recorded) return recorded;
  try {
    const snapshot = layout.resolve(transcript.experiment_metadata.config_snapshot_path);
    const {value} = parseYaml11(await readFile(snapshot, 'utf8'), snapshot);
    const file = (value as {experiment_metadata: {questions_file: string}}).experiment_metadata.questions_file;
    const {questions} = await readQuestions(resolve(layout.workspace, layout.resolve(file)));
    return questions.find(({question_id: id}) => id === transcript.experiment_metadata.question_id) ?? null;
  } catch {
    return null; // the conversation is worth reading without its question too
  }
}
