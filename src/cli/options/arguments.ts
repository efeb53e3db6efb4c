// Parsers of arguments; commander shows what they throw.
import {InvalidArgumentError} from 'commander';

import {type Escalation, parseEscalation} from '../../slurm/submit/escalate.ts';
import type {TaskRange} from '../../runs/task-ranges.ts';

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

/** Fewer bootstrap draws give a standard error that is itself off by a tenth. */
const MIN_DRAWS = 99;

export function draws(text: string): number {
  const value = Number(text);
  if (/^\d{1,15}$/.test(text) && value >= MIN_DRAWS) return value;
  throw new InvalidArgumentError(`expected a whole number ≥ ${MIN_DRAWS}: an interval from fewer draws means nothing.`);
}

/** Parses a number of conversations, or a share of them: `20`, `0.2`, `20%`. */
export function failAfter(text: string): number {
  const [, value = '', percent] = /^(\d+(?:\.\d+)?)(%)?$/.exec(text.trim()) ?? [];
  const number = percent === undefined ? Number(value) : Number(value) / 100;
  const isShare = number > 0 && number < 1;
  if (value !== '' && (isShare || (percent === undefined && Number.isInteger(number) && number >= 1))) return number;
  throw new InvalidArgumentError('expected a number of conversations such as 20, or a share such as 0.2 or 20%.');
}

const UNIT_MS: Readonly<Record<string, number>> = {s: 1000, m: 60_000, h: 3_600_000};

/** Parses `90s`, `30m`, `1h30m`, or seconds. @returns milliseconds. */
export function duration(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  if (!/^(?:\d{1,6}h)?(?:\d{1,6}m)?(?:\d{1,6}s)?$/.test(text) || text === '') {
    throw new InvalidArgumentError('expected a time such as 90s, 30m or 1h30m, or seconds.');
  }
  return [...text.matchAll(/(\d+)([hms])/g)].reduce(
    (sum, [, count = '0', unit = 's']) => sum + Number(count) * (UNIT_MS[unit] ?? 0),
    0,
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

/** Parses a shell command, which must not be empty. */
export function shellCommand(text: string): string {
  if (text.trim() === '') throw new InvalidArgumentError('expected a command, not an empty text.');
  return text;
}

/** Parses names with commas between them. */
export function list(text: string): string[] {
  return text.split(',').map(name => name.trim());
}

/** Parses a round of a discussion. */
export function round(text: string): number | 'last' {
  return text === 'last' ? text : natural(text);
}

export function escalation(text: string): Escalation {
  const parsed = parseEscalation(text);
  if (!parsed) throw new InvalidArgumentError('expected factors above 1 such as mem=1.5x,time=2x.');
  return parsed;
}

/** Parses `3,7-12` into ranges, which stay ranges because `0-999999` is a legal request; undefined for other texts. */
export function parseTaskList(text: string): TaskRange[] | undefined {
  const ranges: TaskRange[] = [];
  for (const part of text.split(',')) {
    const match = /^\s*(\d{1,15})(?:\s*-\s*(\d{1,15}))?\s*$/.exec(part);
    const first = Number(match?.[1]);
    const last = Number(match?.[2] ?? match?.[1]);
    if (!match || last < first) return undefined;
    ranges.push({first, last});
  }
  return ranges;
}
