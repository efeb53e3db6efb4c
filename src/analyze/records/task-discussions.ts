import type {Question} from '../../questions/question.ts';
import type {Transcript} from '../../record/formats.ts';
import type {Layout} from '../../record/layout.ts';
import type {Discussion} from '../metrics/discussion/discussion.ts';
import {discussionOf} from './discussion-of.ts';
import type {Problems} from './problems.ts';
import type {KnownQuestions, QuestionFiles} from './question-files.ts';
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

function nameOf({transcript_id: id, experiment_metadata: metadata}: Transcript): string {
  return `${metadata.question_id} (${metadata.experiment_name}, transcript ${id})`;
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
  // A debug transcript holds the question as it was asked.
  const recorded = transcript['question'] as Question | undefined;
  const question = questions?.byId.get(transcript.experiment_metadata.question_id) ?? recorded;
  if (!question) {
    // Of a file that is not there, that it is not there has been said.
    if (questions) problems.add('question-unknown', nameOf(transcript));
    return undefined;
  }
  const {provenance} = transcript;
  if (!questions || !provenance || provenance.questions_sha256 === questions.sha256) return question;
  if (!hasChoices(question, provenance.choices)) {
    problems.add('question-changed', nameOf(transcript));
    return undefined;
  }
  problems.add('questions-changed', nameOf(transcript));
  return question;
}

function hasChoices({choices}: Question, recorded: Question['choices']): boolean {
  return recorded.every(({id, text}) => choices.some(choice => choice.id === id && choice.text === text));
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
