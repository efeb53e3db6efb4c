import {additionalMetadata, metadataText, sourceMetadata, type Question} from '../question.ts';

/** One answer option as BBQ describes it: `answer_info.ansK = [text, group]`. */
export interface BbqOption {
  /** The id of the choice. */
  readonly id: string;
  /** As in `answer_info`, and as shown. */
  readonly texts: readonly string[];
  readonly group: string;
}

/** The group of the option that says that one cannot know; its text has ten phrasings. */
export const UNKNOWN_GROUP = 'unknown';

/** Returns the choices of a question with their groups. */
export function bbqOptions(question: Question): BbqOption[] {
  const info = sourceMetadata(question)['answer_info'] as Readonly<Record<string, unknown>> | undefined;
  return question.choices.map((choice, k) => {
    const entry = info?.[`ans${k}`];
    const [text, group] = Array.isArray(entry) ? (entry as unknown[]) : [];
    return {id: choice.id, texts: [metadataText(text), choice.text], group: metadataText(group)};
  });
}

/** Returns the groups that the question's stereotype is about. */
export function stereotypedGroups(question: Question): string[] {
  const groups = additionalMetadata(question)['stereotyped_groups'];
  return Array.isArray(groups) ? groups.map(metadataText) : [];
}
