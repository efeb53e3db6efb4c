import {expect} from 'vitest';

import type {RecordedError} from '../../src/record/formats.ts';
import {
  invalidAnswer,
  jsonParseFailed,
  jsonParseRepaired,
  maxLengthExceeded,
  maxRetriesExceeded,
  missingStructuredOutput,
  recordedError,
  unexpectedError,
  type ErrorClass,
} from '../../src/record/task/recorded-errors.ts';
import {goldenSuite} from '../support/golden.ts';

goldenSuite('errors.json', {
  mode: 'reference',
  check: ({input, expected}) => expect(build(input, expected)).toEqual(expected),
});

function build({class: name, args, kwargs}: any, expected: RecordedError): RecordedError {
  switch (name) {
    case 'MissingStructuredOutputError':
      return missingStructuredOutput(args[0], kwargs.attempt);
    case 'JSONParseError':
      return kwargs.repaired ? jsonParseRepaired(args[0]) : jsonParseFailed(args[0], kwargs.attempt);
    case 'InvalidAnswerError':
      return invalidAnswer({
        answerText: kwargs.answer_text,
        choices: kwargs.choices,
        matchInfo: kwargs.match_info,
        attempt: kwargs.attempt,
      });
    case 'MaxLengthExceededError':
      return maxLengthExceeded({
        agentId: args[0] ?? kwargs.agent_id,
        maxTokens: args[1] ?? kwargs.max_tokens,
        tokensGenerated: args[2] ?? kwargs.tokens_generated,
        truncated: args[3] ?? true,
        attempt: kwargs.attempt,
      });
    case 'MaxRetriesExceededError':
      return maxRetriesExceeded(args[0], args[1], args[2]);
    case 'UnexpectedError':
      return unexpectedError({
        type: args[0].$exception[0],
        message: args[0].$exception[1],
        context: kwargs.context,
        questionId: kwargs.question_id,
      });
    default:
      // Classes without a constructor of their own: what is ours is the code that belongs to the class.
      return recordedError(name as ErrorClass, expected.message, expected.details);
  }
}
