import {UserError} from '../../core/errors.ts';
import {shellQuote} from '../../core/text/shell-quote.ts';

/** Values of the placeholders that a server command may have. */
export interface PlaceholderValues {
  readonly model_path: string;
  readonly served_name: string;
  readonly port: number;
  readonly tensor_parallel_size: number;
  readonly data_parallel_size: number;
  readonly log_dir: string;
  readonly scratch: string;
}

export const PLACEHOLDERS = [
  'model_path',
  'served_name',
  'port',
  'tensor_parallel_size',
  'data_parallel_size',
  'log_dir',
  'scratch',
] as const satisfies readonly (keyof PlaceholderValues)[];

/** Matches `{word}` but not the shell's own `${word}`; `{{word}}` stands for the text `{word}`. */
const PLACEHOLDER = /\{\{(\w+)\}\}|(?<!\$)\{([A-Za-z_]\w*)\}/g;

/**
 * Fills in the placeholders of a server command, each quoted for the shell.
 *
 * @throws UserError `server-command-invalid`: an unknown placeholder, or one between quotes, where the quoting would be
 * undone.
 */
export function fillPlaceholders(command: string, values: PlaceholderValues): string {
  return command.replace(PLACEHOLDER, (_match, literal: string | undefined, name: string | undefined, at: number) => {
    if (literal !== undefined) return `{${literal}}`;
    if (!isPlaceholder(name)) throw unknownPlaceholder(name ?? '');
    const quote = quoteAt(command, at);
    if (quote !== null) {
      throw new UserError('server-command-invalid', `server_command: {${name}} stands between ${quote} quotes`, {
        hint: 'leave the quotes out: every placeholder is quoted for the shell already',
      });
    }
    return shellQuote(String(values[name]));
  });
}

/** Checks a command before anything is submitted with it. @throws UserError `server-command-invalid`. */
export function checkServerCommand(command: string): void {
  const values = Object.fromEntries(PLACEHOLDERS.map(name => [name, '']));
  fillPlaceholders(command, values as unknown as PlaceholderValues);
  if (![...command.matchAll(PLACEHOLDER)].some(([, , name]) => name === 'port')) {
    throw new UserError('server-command-invalid', 'server_command: no {port}', {
      hint: 'every server gets a free port of its own and must listen there, e.g. --port {port}',
    });
  }
}

function isPlaceholder(name: string | undefined): name is keyof PlaceholderValues {
  return (PLACEHOLDERS as readonly (string | undefined)[]).includes(name);
}

function unknownPlaceholder(name: string): UserError {
  return new UserError('server-command-invalid', `server_command: unknown placeholder {${name}}`, {
    hint: `known: ${PLACEHOLDERS.map(each => `{${each}}`).join(' ')}; write {{${name}}} for the text {${name}}`,
  });
}

/** Returns the kind of quotes that are open at a position of a shell text, if any. */
function quoteAt(text: string, at: number): 'single' | 'double' | null {
  let open: 'single' | 'double' | null = null;
  for (let i = 0; i < at; i++) {
    const letter = text[i];
    if (letter === '\\' && open !== 'single') i++;
    else if (letter === "'" && open !== 'double') open = open === 'single' ? null : 'single';
    else if (letter === '"' && open !== 'single') open = open === 'double' ? null : 'double';
  }
  return open;
}
