import type {OnNotice} from '../../backend/backend.ts';
import {escapeInvisible} from '../../core/text/visible.ts';
import type {RunEvent} from '../../execute/events.ts';
import type {RunWatcher} from '../../runs/watcher.ts';
import type {Output} from '../io.ts';
import {renderCaseEnd} from '../render/render-cases.ts';

export interface CaseReporterOptions {
  readonly output: Output;
  /** Returns the last lines that a case printed. */
  readonly readTail: (variant: string) => readonly string[];
}

/** Shows a suite on stderr: a line for each case when it ends, and of those that failed what they printed last. */
export class CaseReporter implements RunWatcher {
  readonly #options: CaseReporterOptions;
  #succeeded = 0;

  constructor(options: CaseReporterOptions) {
    this.#options = options;
  }

  get succeeded(): number {
    return this.#succeeded;
  }

  readonly onEvent = (event: RunEvent): void => {
    const {output, readTail} = this.#options;
    switch (event.kind) {
      case 'task-finished':
        // One that failed has been told with its reason.
        if (event.succeeded < event.total) return;
        this.#succeeded++;
        output.write(renderCaseEnd({variant: event.task.experiment}));
        return;
      case 'trial-failed': {
        const {experiment: variant} = event.task;
        output.write(renderCaseEnd({variant, reason: event.reason, tail: readTail(variant)}));
        return;
      }
      case 'task-stopped':
      case 'task-refused':
        output.write(renderCaseEnd({variant: event.task.experiment, reason: event.reason}));
        return;
      case 'warning':
        output.write(`warning: ${event.message}\n`);
        return;
      case 'stopping':
        output.write(`stopping: ${event.reason}; Ctrl-C (SIGINT) leaves at once\n`);
        return;
      case 'run-started':
      case 'task-started':
      case 'conversation-failed':
      case 'tasks-given-up':
      case 'server-news':
        return;
    }
  };

  readonly onNotice: OnNotice = text => this.#options.output.write(`${escapeInvisible(text)}\n`);

  watch(): void {
    // Lines are all there is to see: nothing to draw between them.
  }

  close(): void {
    // Nothing is open.
  }
}
