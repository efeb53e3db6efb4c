import {userErrorMarkdown} from '../../core/error-codes.ts';
import {failureWords} from '../../record/task/failure-words.ts';
import {ERROR_CODES} from '../../record/task/recorded-errors.ts';

/** Returns the tables of docs/errors.md: why a command was refused, and why questions failed. */
export function renderErrorTables(): string {
  const replies = Object.values(ERROR_CODES).flatMap(code => {
    const {many, advice} = failureWords(code);
    return many === `failed with ${code}` ? [] : [`| \`${code}\` | ${many} | ${advice ?? ''} |`];
  });
  return [
    '## Errors of commands',
    '',
    userErrorMarkdown(),
    '## Failures of questions',
    '',
    '| code | what happened | what to try |',
    '| --- | --- | --- |',
    ...replies,
    '',
  ].join('\n');
}
