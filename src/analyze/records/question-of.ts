import type {Question} from '../../questions/question.ts';
import type {Transcript} from '../../record/formats.ts';
import type {KnownQuestions} from './question-files.ts';

/** The question of a conversation, as far as it is known, and what is odd about it. */
export interface FoundQuestion {
  readonly question?: Question;
  readonly problem?: 'question-unknown' | 'question-changed' | 'questions-changed';
}

/**
 * The question that a conversation is about.
 *
 * @param questions of the task's question file; null when that cannot be read, which has been counted once for the
 * file.
 */
export function findQuestion(transcript: Transcript, questions: KnownQuestions | null): FoundQuestion {
  // A debug transcript holds the question as it was asked.
  const recorded = transcript['question'] as Question | undefined;
  const question = questions?.byId.get(transcript.experiment_metadata.question_id) ?? recorded;
  if (!question) return questions ? {problem: 'question-unknown'} : {};
  const {provenance} = transcript;
  if (!questions || !provenance || provenance.questions_sha256 === questions.sha256) return {question};
  return {question, problem: hasChoices(question, provenance.choices) ? 'questions-changed' : 'question-changed'};
}

function hasChoices({choices}: Question, recorded: Question['choices']): boolean {
  return recorded.every(({id, text}) => choices.some(choice => choice.id === id && choice.text === text));
}

/** How a message names a conversation. */
export function describeConversation({transcript_id: id, experiment_metadata: metadata}: Transcript): string {
  return `${metadata.question_id} (${metadata.experiment_name}, transcript ${id})`;
}
