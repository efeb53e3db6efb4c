import {ERROR_CODES} from '../../record/task/recorded-errors.ts';

/**
 * What was wrong with a reply, in words that name no choice and favour none, by the code of its error. Codes that are
 * absent are not the model's doing: telling it of them would not help.
 */
const COMPLAINTS: Readonly<Record<string, string>> = {
  [ERROR_CODES.MissingStructuredOutputError]: 'it was not the JSON object that was asked for',
  [ERROR_CODES.InvalidAnswerError]: 'it did not name exactly one of the possible answers in the wording given',
  [ERROR_CODES.ValidationError]: 'a field of the JSON object was missing or empty',
  [ERROR_CODES.MaxLengthExceededError]: 'it was too long and was cut off',
  [ERROR_CODES.ThoughtsOnlyError]: 'it held thoughts and no answer',
  [ERROR_CODES.PlaceholderRationaleError]: 'it repeated the instructions in place of a reason',
  [ERROR_CODES.LabelContradictsError]: 'its label and its text stood for different answers',
};

/** Returns the line that a retry adds to the prompt, or undefined when there is nothing to tell the model. */
export function retryFeedback(errorCode: string): string | undefined {
  const complaint = Object.hasOwn(COMPLAINTS, errorCode) ? COMPLAINTS[errorCode] : undefined;
  if (complaint === undefined) return undefined;
  return `Your last reply could not be used: ${complaint}. Reply with the JSON object as described above.`;
}
