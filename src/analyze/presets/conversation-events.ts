import {appendFile} from 'node:fs/promises';
import {join} from 'node:path';

import type {Question} from '../../questions/question.ts';
import {replaceFiles} from '../../record/disk/atomic-file.ts';
import {renderJsonLine} from '../../record/disk/json-text.ts';
import type {Message, Transcript} from '../../record/formats.ts';
import type {Layout} from '../../record/layout.ts';
import {Problems, type Problem} from '../records/problems.ts';
import {describeConversation, findQuestion, QuestionFiles, type KnownQuestions} from '../records/question-files.ts';
import type {KnownTask} from '../records/recorded-tasks.ts';
import {readTranscripts} from '../records/transcripts.ts';
import {readSelection} from '../select/select-tasks.ts';
import {answerRole, isCorrect} from '../tables/conversations-table.ts';
import {isParticipant} from '../tables/messages-table.ts';
import {ACTION_EVENTS, PROBE_EVENTS, toEventLine, type RunEvent} from './event.ts';

/** Event files that were made from conversations. */
export interface ConversationEvents {
  readonly actionFile: string;
  readonly probeFile: string;
  readonly conversations: number;
  readonly actions: number;
  readonly probes: number;
  /** Records that were left out, by reason. */
  readonly problems: readonly Problem[];
}

/**
 * Writes the conversations of a grid as the two event files that the presets read, so that a condition that is a grid
 * is evaluated as any other run is.
 *
 * - Every turn is an action: label = `response_type`, source_user = agent, episode = round (from 0).
 * - Every answer of a participant is a choice probe `answer` whose `probe_return` is the id of the choice, null when
 *   the text matched none. Where something is known of the answer, two more probes say it: `correct` (Yes or No) and
 *   `answer_role` (BBQ: biased, counter, unknown). `probe_choices` are all that could be answered, so that what nobody
 *   chose counts as 0.
 *
 * `data` names the conversation, so that sequences of different conversations stay apart. Conversations that did not
 * succeed are left out and counted, as in `mac results`. Tasks keep their order, their conversations are sorted by
 * question: equal records give equal files.
 *
 * @param tasks a selector as for `mac results`, or the tasks themselves.
 * @param folder is made if it is not there.
 * @throws UserError of `readSelection`; `cannot-write`.
 */
export async function writeConversationEvents(
  layout: Layout,
  tasks: string | readonly KnownTask[],
  folder: string,
): Promise<ConversationEvents> {
  const problems = new Problems();
  const chosen = typeof tasks === 'string' ? (await readSelection(layout, tasks, problems)).tasks : tasks;
  const counts = {conversations: 0, actions: 0, probes: 0};
  const files = new QuestionFiles(layout, problems);
  const actionFile = join(folder, ACTION_EVENTS);
  const probeFile = join(folder, PROBE_EVENTS);
  await replaceFiles([actionFile, probeFile], async ([actions = '', probes = '']) => {
    const writers = {action: new EventWriter(actions), probe: new EventWriter(probes)};
    for (const task of chosen) {
      const questions = await files.get(task.config.experiment_metadata.questions_file);
      for await (const conversation of readConversations(layout, task, {questions, problems})) {
        counts.conversations++;
        for (const event of listActions(conversation)) await writers.action.write(event);
        for (const event of listProbes(conversation)) await writers.probe.write(event);
      }
    }
    counts.actions = await writers.action.end();
    counts.probes = await writers.probe.end();
  });
  return {actionFile, probeFile, ...counts, problems: problems.list()};
}

interface Conversation {
  readonly task: KnownTask;
  readonly transcript: Transcript;
  /** As it was asked; null when it is not known. */
  readonly question: Question | null;
}

async function* readConversations(
  layout: Layout,
  task: KnownTask,
  {questions, problems}: {readonly questions: KnownQuestions | null; readonly problems: Problems},
): AsyncGenerator<Conversation> {
  const references = task.references.toSorted((a, b) => (a.questionId < b.questionId ? -1 : 1));
  for await (const transcript of readTranscripts(layout, references, problems)) {
    const {status} = transcript.conversation_summary;
    const name = describeConversation(transcript);
    if (status !== 'succeeded') {
      problems.add(status === 'partial' ? 'conversation-partial' : 'conversation-failed', name);
      continue;
    }
    const {question, problem} = findQuestion(transcript, questions);
    if (problem !== undefined) problems.add(problem, name);
    const isAsAsked = question !== undefined && problem !== 'question-changed';
    yield {task, transcript, question: isAsAsked ? question : null};
  }
}

/** An event before it has its place in a file. */
type PlacelessEvent = Omit<RunEvent, 'eventIndex'>;

function* listActions({task, transcript}: Conversation): Generator<PlacelessEvent> {
  for (const {episode, message} of listTurns(transcript)) {
    yield {
      eventType: 'action',
      label: message.structured_response.response_type,
      sourceUser: message.agent_id,
      episode,
      data: describeTurn(task, transcript),
    };
  }
}

function* listProbes({task, transcript, question}: Conversation): Generator<PlacelessEvent> {
  const choices = question?.choices ?? transcript.provenance?.choices ?? [];
  const ids = choices.map(({id}) => id);
  const roles = new Set(ids.flatMap(id => answerRole(question, id) ?? []));
  for (const {episode, message} of listTurns(transcript)) {
    if (!isParticipant(message)) continue;
    const {opinion} = message.structured_response;
    const choice = choices.find(({id}) => id === opinion) ?? null;
    const makeProbe = (label: string, type: string, answer: string | null, more: object = {}): PlacelessEvent => ({
      eventType: 'probe',
      label,
      sourceUser: message.agent_id,
      episode,
      data: {probe_return: answer, probe_type: type, probe_mode: 'answer', ...describeTurn(task, transcript), ...more},
    });
    yield makeProbe('answer', 'choice', choice?.id ?? null, {
      probe_choices: ids,
      answer_text: choice?.text ?? null,
    });
    const correct = isCorrect(question, choice?.id ?? null);
    if (correct !== null) yield makeProbe('correct', 'binary', correct ? 'Yes' : 'No');
    const role = answerRole(question, choice?.id ?? null);
    if (role !== null) yield makeProbe('answer_role', 'choice', role, {probe_choices: [...roles].sort()});
  }
}

function* listTurns({conversation_rounds}: Transcript): Generator<{episode: number; message: Message}> {
  for (const [episode, {messages}] of conversation_rounds.entries()) {
    for (const message of messages) yield {episode, message};
  }
}

function describeTurn(task: KnownTask, transcript: Transcript): Readonly<Record<string, unknown>> {
  return {
    task_id: task.id,
    question_id: transcript.experiment_metadata.question_id,
    transcript_id: transcript.transcript_id,
  };
}

const PIECE_CHARACTERS = 64 * 1024;

/** Writes events line by line and numbers them. */
class EventWriter {
  readonly #path: string;
  #text = '';
  #written = 0;

  constructor(path: string) {
    this.#path = path;
  }

  async write(event: PlacelessEvent): Promise<void> {
    this.#text += `${renderJsonLine(toEventLine({...event, eventIndex: this.#written++}))}\n`;
    if (this.#text.length >= PIECE_CHARACTERS) await this.#flush();
  }

  /** Returns the number of events. */
  async end(): Promise<number> {
    await this.#flush();
    return this.#written;
  }

  async #flush(): Promise<void> {
    const text = this.#text;
    this.#text = '';
    await appendFile(this.#path, text);
  }
}
