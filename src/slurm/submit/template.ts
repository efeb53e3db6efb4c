import {readFileSync} from 'node:fs';
import {join} from 'node:path';

import Handlebars from 'handlebars';

import {shellQuote} from '../../core/text/shell-quote.ts';
import {PACKAGE_ROOT} from '../../core/version.ts';

/** A template that was checked: values get into its text by one way only, the helper that quotes. */
export type Template<Values> = (values: Values) => string;

/**
 * Loads a template of `templates/`. Handlebars ignores unknown names, so every name is compared with the allowed ones,
 * and every value must pass the `quote` helper.
 *
 * @param names of the values it may use.
 * @throws Error when a template uses anything else: that is a bug in mac.
 */
export function loadTemplate<Values extends Readonly<Record<string, unknown>>>(
  file: string,
  names: readonly (keyof Values & string)[],
): Template<Values> {
  const source = readFileSync(join(PACKAGE_ROOT, 'templates', file), 'utf8');
  return compileTemplate(source, file, names);
}

/** Compiles the text of a template as `loadTemplate` does. */
export function compileTemplate<Values extends Readonly<Record<string, unknown>>>(
  source: string,
  file: string,
  names: readonly (keyof Values & string)[],
): Template<Values> {
  const own = Handlebars.create();
  own.registerHelper('quote', (value: unknown) => {
    if (typeof value !== 'string') throw new Error(`${file}: a value that is no text`);
    if (value.includes('\0')) throw new Error(`${file}: a value that holds NUL`);
    return shellQuote(value);
  });
  checkProgram(own.parse(source), {file, names});
  const render = own.compile(source, {noEscape: true, strict: true});
  return values => render(values);
}

interface AllowedNames {
  readonly file: string;
  readonly names: readonly string[];
}

function checkProgram(program: hbs.AST.Program | undefined, allowed: AllowedNames): void {
  for (const statement of program?.body ?? []) checkStatement(statement, allowed);
}

function checkStatement(statement: hbs.AST.Statement, allowed: AllowedNames): void {
  switch (statement.type) {
    case 'ContentStatement':
    case 'CommentStatement':
      return;
    case 'MustacheStatement':
      checkCall(statement as hbs.AST.MustacheStatement, ['quote'], allowed);
      return;
    case 'BlockStatement': {
      const block = statement as hbs.AST.BlockStatement;
      checkCall(block, ['if', 'each'], allowed);
      checkProgram(block.program, allowed);
      checkProgram(block.inverse, allowed);
      return;
    }
    default:
      throw new Error(`${allowed.file}: ${statement.type} is not allowed in a template`);
  }
}

function checkCall(
  {path, params, hash}: hbs.AST.MustacheStatement | hbs.AST.BlockStatement,
  helpers: readonly string[],
  {file, names}: AllowedNames,
): void {
  const helper = readVariableName(path);
  const value = params.length === 1 && params[0] ? readVariableName(params[0]) : undefined;
  const hasOptions = (hash as hbs.AST.Hash | undefined) !== undefined;
  if (helper === undefined || !helpers.includes(helper) || value === undefined || hasOptions) {
    throw new Error(`${file}: found {{${helper ?? '…'}}}, expected ${helpers.join(' or ')} with one name`);
  }
  if (value !== 'this' && !names.includes(value)) throw new Error(`${file}: nothing is called ${value}`);
}

function readVariableName(expression: hbs.AST.Expression): string | undefined {
  if (expression.type !== 'PathExpression') return undefined;
  return (expression as hbs.AST.PathExpression).original || undefined;
}
