import {appendFileSync, mkdirSync, writeFileSync} from 'node:fs';
import {dirname} from 'node:path';

import type {Clock} from '../../core/clock.ts';
import {cannotWrite} from '../../record/disk/atomic-file.ts';
import {renderJsonLine} from '../../record/disk/json-text.ts';

/** A file of JSON lines that this job alone writes, from the beginning: an earlier attempt's is replaced. */
export class JsonLines {
  readonly #path: string;

  /** @throws UserError `cannot-write`. */
  constructor(path: string) {
    this.#path = path;
    try {
      mkdirSync(dirname(path), {recursive: true});
      writeFileSync(path, '');
    } catch (error) {
      throw cannotWrite(path, error);
    }
  }

  /** Appends a line at once, so that a job that is killed leaves what it did. @throws UserError `cannot-write`. */
  write(value: object): void {
    try {
      appendFileSync(this.#path, `${renderJsonLine(value)}\n`);
    } catch (error) {
      throw cannotWrite(this.#path, error);
    }
  }
}

export const EVENT_KINDS = [
  'job_started',
  'initial_score',
  'step',
  'proposal',
  'candidate_scored',
  'merged',
  'best_updated',
  'notice',
  'training_failed',
  'job_finished',
] as const;
export type EventKind = (typeof EVENT_KINDS)[number];

/** The progress log of a job, `events.jsonl`: each line has `ts`, which never goes back, and `event`. */
export class JobEvents {
  readonly #lines: JsonLines;
  readonly #clock: Clock;
  readonly #attempt: number;
  #last = 0;

  constructor(path: string, clock: Clock, attempt: number) {
    this.#lines = new JsonLines(path);
    this.#clock = clock;
    this.#attempt = attempt;
  }

  emit(event: EventKind, facts: object = {}): void {
    // The machine's clock may be set back while we run.
    this.#last = Math.max(this.#last, this.#clock.now());
    this.#lines.write({ts: new Date(this.#last).toISOString(), event, attempt: this.#attempt, ...facts});
  }
}
