import type {Layout} from '../../record/layout.ts';
import {extractDiscussion} from '../records/extract-discussion.ts';
import type {Problems} from '../records/problems.ts';
import {QuestionFiles, type KnownQuestions, describeConversation, findQuestion} from '../records/question-files.ts';
import type {KnownTask} from '../records/recorded-tasks.ts';
import {readEveryTranscript, type ReadTranscript} from '../records/transcripts.ts';
import {agentsTable} from './agents-table.ts';
import {conversationsTable, type ConversationSource} from './conversations-table.ts';
import {listChoices, isParticipant, messagesTable, type MessageSource} from './messages-table.ts';
import {questionsTable} from './questions-table.ts';
import type {RowSink} from './row-sink.ts';
import type {TableName} from './table.ts';
import {tasksTable} from './tasks-table.ts';

export type Sinks = Partial<Record<TableName, RowSink>>;

/**
 * Reads the rows of the requested tables, task by task: memory holds the question files and one conversation.
 * Transcripts are read once, and only for tables that need them. Problems are counted; their rows have what is known.
 */
export async function readTables(
  layout: Layout,
  tasks: readonly KnownTask[],
  {sinks, problems}: {readonly sinks: Sinks; readonly problems: Problems},
): Promise<void> {
  const files = new QuestionFiles(layout, problems);
  const taskTable = tasksTable(tasks);
  const seenFiles = new Set<string>();
  for (const task of tasks) {
    const file = task.config.experiment_metadata.questions_file;
    const questions = await files.get(file);
    await sinks.tasks?.write(taskTable.toRow({task, questionCount: questions?.byId.size ?? null}));
    for (const [seat, agent] of task.config.agent_definitions.entries()) {
      await sinks.agents?.write(agentsTable.toRow({task, agent, seat}));
    }
    if (!seenFiles.has(file)) await writeQuestions(file, questions, sinks);
    seenFiles.add(file);
    if (sinks.conversations || sinks.messages) await writeConversations(layout, task, {questions, sinks, problems});
  }
}

async function writeQuestions(file: string, questions: KnownQuestions | null, {questions: sink}: Sinks): Promise<void> {
  if (!sink) return;
  for (const question of questions?.byId.values() ?? []) {
    await sink.write(questionsTable.toRow({questionsFile: file, question}));
  }
}

interface TaskContext {
  readonly questions: KnownQuestions | null;
  readonly sinks: Sinks;
  readonly problems: Problems;
}

async function writeConversations(layout: Layout, task: KnownTask, context: TaskContext): Promise<void> {
  const {sinks, problems} = context;
  const versions = new Set<string>();
  for await (const read of readEveryTranscript(layout, task.references, problems)) {
    const source = conversationSource(task, read, context);
    noteVersion(versions, source, problems);
    await sinks.conversations?.write(conversationsTable.toRow(source));
    if (!sinks.messages) continue;
    for (const each of messageSources(source)) await sinks.messages.write(messagesTable.toRow(each));
  }
}

function conversationSource(task: KnownTask, read: ReadTranscript, context: TaskContext): ConversationSource {
  const {reference, transcript} = read;
  if (!transcript) return {task, reference, transcript, problem: read.problem, question: null, discussion: null};
  const {question, problem = null} = findQuestion(transcript, context.questions);
  if (problem) context.problems.add(problem, describeConversation(transcript));
  // The changed question does not describe answers to the old one.
  const asked = problem === 'question-changed' ? null : (question ?? null);
  const agentIds = task.config.agent_definitions.map(({agent_id: id}) => id);
  const discussion = asked && extractDiscussion(transcript, asked, agentIds);
  return {task, reference, transcript, problem, question: asked, discussion};
}

function noteVersion(versions: Set<string>, {task, transcript}: ConversationSource, problems: Problems): void {
  if (!transcript || versions.has(transcript.protocol_version)) return;
  if (versions.size > 0) problems.add('schema-versions-mixed', `${transcript.protocol_version} in ${task.id}`);
  versions.add(transcript.protocol_version);
}

function* messageSources(source: ConversationSource): Generator<MessageSource> {
  const {task, transcript} = source;
  if (!transcript) return;
  const conversation = {...source, transcript};
  const agents = task.config.agent_definitions;
  const choices = new Set(listChoices(source).map(({id}) => id));
  for (const [round, {messages}] of transcript.conversation_rounds.entries()) {
    for (const message of messages) {
      const seat = agents.findIndex(({agent_id: id}) => id === message.agent_id);
      const {opinion} = message.structured_response;
      yield {
        conversation,
        message,
        round,
        agent: agents[seat] ?? null,
        seat: seat < 0 ? null : seat,
        opinion: isParticipant(message) && typeof opinion === 'string' && choices.has(opinion) ? opinion : null,
      };
    }
  }
}
