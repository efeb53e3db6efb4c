import {readFile} from 'node:fs/promises';
import {basename, resolve} from 'node:path';

import {parseYaml11} from '../../config/yaml/yaml.ts';
import {errorMessage, UserError} from '../../core/errors.ts';
import {ambiguousName, findByName} from '../../core/text/find-by-name.ts';
import type {Question} from '../../questions/question.ts';
import {readQuestions} from '../../questions/read.ts';
import type {Transcript} from '../../record/formats.ts';
import {findIndexes} from '../../record/index/find-records.ts';
import {latestRecords, readIndex, type IndexRecord} from '../../record/index/index-file.ts';
import type {Layout} from '../../record/layout.ts';

/** Returns the paths of the transcripts that an id means, the latest first. */
export async function findTranscripts(layout: Layout, id: string, cwd: string): Promise<string[]> {
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

/** @throws UserError `transcript-unreadable`. */
export async function readTranscript(path: string): Promise<Transcript> {
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
export async function findQuestion(layout: Layout, transcript: Transcript): Promise<Question | null> {
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
