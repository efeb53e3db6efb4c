import {join} from 'node:path';

import type {Clock} from '../../core/clock.ts';
import {JsonLines} from './job-events.ts';
import {TENSORBOARD} from './artifacts.ts';
import {TensorboardFile} from './tensorboard-file.ts';

/** Numbers of a job by step, for curves. */
export interface ScalarLog {
  readonly id: string;
  /** Below the job's folder; null where none is written. */
  readonly tensorboardFolder: string | null;
  write(name: string, value: number, step: number): void;
}

export interface ScalarLogOptions {
  /** As in the registry. */
  readonly id: string;
  readonly folder: string;
  readonly clock: Clock;
  readonly print: (line: string) => void;
}

/** Opens the log of a job. `scalars.jsonl` is there always, and empty for `NullLogger`. */
export function openScalarLog({id, folder, clock, print}: ScalarLogOptions): ScalarLog {
  const lines = new JsonLines(join(folder, 'scalars.jsonl'));
  if (id === 'NullLogger') return {id, tensorboardFolder: null, write: () => undefined};
  const tensorboard = id === 'TensorboardLogger' ? new TensorboardFile(join(folder, TENSORBOARD), clock) : null;
  return {
    id,
    tensorboardFolder: tensorboard ? TENSORBOARD : null,
    write(name, value, step) {
      if (!Number.isFinite(value)) return;
      lines.write({step, name, value});
      tensorboard?.write(name, value, step);
      if (id === 'ConsoleLogger') print(`step ${step}: ${name} ${value}`);
    },
  };
}
