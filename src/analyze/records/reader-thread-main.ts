import {parentPort, workerData} from 'node:worker_threads';

import {createLayout, type LayoutOptions} from '../../record/layout.ts';
import {readConversation} from './conversation.ts';
import type {ReadJob, ReadReply} from './conversation-reader.ts';
import {encodeConversations} from './encode-conversations.ts';
import {Problems} from './problems.ts';
import {QuestionFiles} from './question-files.ts';

/** One of the threads of `ConversationReader`. What is wrong with question files is counted by the thread that started this one. */
const layout = createLayout(workerData as LayoutOptions);
const files = new QuestionFiles(layout, new Problems());

parentPort?.on('message', (job: ReadJob) => {
  void answer(job).then(reply => parentPort?.postMessage(reply));
});

async function answer({id, references, paths, experiment, questionsFile, agentIds}: ReadJob): Promise<ReadReply> {
  const questions = await files.get(questionsFile);
  const read = references.map((reference, i) => readConversation(reference, paths[i] ?? '', {questions, agentIds}));
  return {id, encoded: encodeConversations(read, {experiment, questions})};
}
