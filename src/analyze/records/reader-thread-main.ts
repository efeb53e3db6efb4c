import {parentPort, workerData} from 'node:worker_threads';

import {createLayout, type LayoutOptions} from '../../record/layout.ts';
import {readAndEncode, type ReadJob, type ReadReply} from './conversation-reader.ts';
import {Problems} from './problems.ts';
import {QuestionFiles} from './question-files.ts';

/** Runs a thread of `ConversationReader`. The parent thread counts the problems of question files. */
const layout = createLayout(workerData as LayoutOptions);
const files = new QuestionFiles(layout, new Problems());

parentPort?.on('message', (job: ReadJob) => {
  void answer(job).then(reply => parentPort?.postMessage(reply));
});

async function answer(job: ReadJob): Promise<ReadReply> {
  return {id: job.id, ...readAndEncode(layout, job, await files.get(job.questionsFile))};
}
