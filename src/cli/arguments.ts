import {InvalidArgumentError} from 'commander';

import {parseTaskList, type TaskRange} from './task-list.ts';

/** Parsers of arguments; commander shows what they throw. */
export function number(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value < 0)
    throw new InvalidArgumentError('expected a number ≥ 0.');
  return value;
}

export function natural(text: string): number {
  return wholeNumber(text, 0);
}

export function positive(text: string): number {
  return wholeNumber(text, 1);
}

function wholeNumber(text: string, least: number): number {
  const value = Number(text);
  if (/^\d{1,15}$/.test(text) && value >= least) return value;
  throw new InvalidArgumentError(`expected a whole number ≥ ${least}.`);
}

/** Of the bootstrap; fewer give a standard error that is itself off by a tenth. */
const FEWEST_DRAWS = 99;

export function draws(text: string): number {
  const value = Number(text);
  if (/^\d{1,15}$/.test(text) && value >= FEWEST_DRAWS) return value;
  throw new InvalidArgumentError(
    `expected a whole number ≥ ${FEWEST_DRAWS}: an interval from fewer draws means nothing.`,
  );
}

export function port(text: string): number {
  const value = Number(text);
  if (/^\d{1,5}$/.test(text) && value <= 65_535) return value;
  throw new InvalidArgumentError('expected a port from 0 to 65535.');
}

export function taskList(text: string): TaskRange[] {
  const ranges = parseTaskList(text);
  if (!ranges) throw new InvalidArgumentError('expected task numbers and ranges such as 3,7-12.');
  return ranges;
}

/** Shell commands that do something. */
export function shellCommand(text: string): string {
  if (text.trim() === '') throw new InvalidArgumentError('expected a command, not an empty text.');
  return text;
}

/** Comma-separated. */
export function list(text: string): string[] {
  return text.split(',').map(name => name.trim());
}

/** Of a discussion. */
export function round(text: string): number | 'last' {
  return text === 'last' ? text : natural(text);
}
