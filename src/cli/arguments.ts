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
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('expected a whole number ≥ 0.');
  return Number(text);
}

export function positive(text: string): number {
  const value = natural(text);
  if (value === 0) throw new InvalidArgumentError('expected a whole number ≥ 1.');
  return value;
}

export function taskList(text: string): TaskRange[] {
  const ranges = parseTaskList(text);
  if (!ranges) throw new InvalidArgumentError('expected task numbers and ranges such as 3,7-12.');
  return ranges;
}
