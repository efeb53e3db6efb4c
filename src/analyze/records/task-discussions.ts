import type {Question} from '../../questions/question.ts';
import type {Transcript} from '../../record/formats.ts';
import type {Layout} from '../../record/layout.ts';
import type {Discussion} from '../metrics/discussion/discussion.ts';
import {discussionOf} from './discussion-of.ts';
import type {Problems} from './problems.ts';
import type {KnownQuestions, QuestionFiles} from './question-files.ts';
import {nameOf, questionOf} from './question-of.ts';
import type {KnownTask} from './recorded-tasks.ts';
import {readTranscripts} from './transcripts.ts';

/** How far a task's records go. */
export interface TaskCoverage {
  /** Questions of its file; null when that cannot be read. */
  readonly planned: number | null;
  /** With a transcript that could be used. */
  readonly used: number;
}

export interface TaskDiscussions {
  readonly discussions: readonly Discussion[];
  readonly coverage: TaskCoverage;
}

/** Reads the discussions of one task that can be scored; whatever cannot is counted and named. */
export async function readTaskDiscussions(
  layout: Layout,
  task: KnownTask,
  sources: {readonly questions: QuestionFiles; readonly problems: Problems},
): Promise<TaskDiscussions> {
  const {problems} = sources;
  const questions = await sources.questions.get(task.config.experiment_metadata.questions_file);
  const agentIds = task.config.agent_definitions.map(({agent_id: id}) => id);
  const versions = new Set<string>();
  const discussions: Discussion[] = [];
  for await (const transcript of readTranscripts(layout, task.references, problems)) {
    noteVersion(versions, transcript, task, problems);
    const question = usableQuestion(transcript, questions, problems);
    if (!question) continue;
    const discussion = discussionOf(transcript, question, agentIds);
    if (!discussion) {
      problems.add('conversation-without-answers', nameOf(transcript));
      continue;
    }
    noteAnswers(transcript, discussion, problems);
    discussions.push(discussion);
  }
  return {discussions, coverage: {planned: questions?.byId.size ?? null, used: discussions.length}};
}

function noteVersion(versions: Set<string>, transcript: Transcript, task: KnownTask, problems: Problems): void {
  const version = transcript.protocol_version;
  if (versions.has(version)) return;
  if (versions.size > 0) problems.add('schema-versions-mixed', `${version} in ${task.id}`);
  versions.add(version);
}

/** The question of a conversation that can be scored; else undefined, with the reason counted. */
function usableQuestion(
  transcript: Transcript,
  questions: KnownQuestions | null,
  problems: Problems,
): Question | undefined {
  const {status} = transcript.conversation_summary;
  if (status !== 'succeeded') {
    problems.add(status === 'partial' ? 'conversation-partial' : 'conversation-failed', nameOf(transcript));
    return undefined;
  }
  const {question, problem} = questionOf(transcript, questions);
  if (problem) problems.add(problem, nameOf(transcript));
  return problem === 'question-changed' ? undefined : question;
}

function noteAnswers(transcript: Transcript, {seats, answers}: Discussion, problems: Problems): void {
  if (seats.length === 1) problems.add('one-agent-conversation', nameOf(transcript));
  answers.forEach((round, i) =>
    round.forEach((answer, seat) => {
      if (answer === null)
        problems.add('answer-matches-no-choice', `${seats[seat]?.agentId}, round ${i}: ${nameOf(transcript)}`);
    }),
  );
}
