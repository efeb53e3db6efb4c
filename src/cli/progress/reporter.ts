import type {OnNotice} from '../../backend/backend.ts';
import type {Clock} from '../../core/clock.ts';
import {describeOutcomes, type OutcomeCounts} from '../../core/conversation-outcome.ts';
import {escapeInvisible} from '../../core/text/visible.ts';
import type {RunEvent} from '../../execute/events.ts';
import type {ProgressSource, RunWatcher} from '../../runs/watcher.ts';
import type {Output} from '../io.ts';
import {describeTask} from '../../execute/events.ts';
import {type ProgressView, renderLine, renderPanel} from './render.ts';

export interface ReporterOptions {
  readonly output: Output;
  readonly clock: Clock;
  /** MAC_FAIRNESS_LIVE_STATUS=1: the waiting requests too. */
  readonly detailed: boolean;
  /** Between two lines where there is no terminal; default 5 s. */
  readonly lineMs?: number;
}

const REDRAW_MS = 250;
const PROGRESS_LINE_MS = 5_000;
const SHOWN_REQUESTS = 35;
const HIDE_CURSOR = '\x1b[?25l';
const SHOW_CURSOR = '\x1b[?25h';

/**
 * Shows a run on stderr: a panel that is redrawn, or without a terminal a line every few seconds.
 *
 * `close` restores the cursor and is safe to call at any time, also twice.
 */
export class ProgressReporter implements RunWatcher {
  readonly #options: ReporterOptions;
  readonly #rate = new RateMeter();
  readonly #startMs: number;
  #source: ProgressSource | null = null;
  #timer: NodeJS.Timeout | null = null;
  #drawnLines = 0;
  #closed = false;

  constructor(options: ReporterOptions) {
    this.#options = options;
    this.#startMs = options.clock.monotonic();
    this.#rate.sample(this.#startMs, 0);
  }

  watch(source: ProgressSource): void {
    this.#source = source;
    const {isTerminal} = this.#options.output;
    if (isTerminal) {
      this.#options.output.write(HIDE_CURSOR);
      process.once('exit', this.#restoreCursor);
    }
    this.#timer = setInterval(() => this.#tick(), isTerminal ? REDRAW_MS : (this.#options.lineMs ?? PROGRESS_LINE_MS));
    this.#timer.unref();
  }

  readonly onEvent = (event: RunEvent): void => {
    const note = describeEvent(event);
    if (note === null) return;
    if (this.#options.output.isTerminal && this.#source) {
      if (event.kind !== 'task-started') this.#writeAbove(note);
    } else if (event.kind !== 'task-started' && event.kind !== 'task-finished') {
      this.#options.output.write(`${note}\n`);
    }
  };

  /** Shows what a backend reports about its server; the server may have chosen the words, so they are escaped. */
  readonly onNotice: OnNotice = (text, kind) =>
    this.onEvent(
      kind === 'warning'
        ? {kind: 'warning', message: escapeInvisible(text)}
        : {kind: 'server-news', text: escapeInvisible(text)},
    );

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#timer) clearInterval(this.#timer);
    if (!this.#source) return;
    if (this.#options.output.isTerminal) {
      this.#draw();
      this.#restoreCursor();
      process.removeListener('exit', this.#restoreCursor);
    } else {
      this.#options.output.write(`${renderLine(this.#view())}\n`);
    }
  }

  readonly #restoreCursor = (): void => this.#options.output.write(SHOW_CURSOR);

  #tick(): void {
    if (this.#options.output.isTerminal) this.#draw();
    else this.#options.output.write(`${renderLine(this.#view())}\n`);
  }

  #writeAbove(text: string): void {
    this.#erase();
    this.#options.output.write(`${text}\n`);
    this.#draw();
  }

  #erase(): void {
    if (this.#drawnLines > 0) this.#options.output.write(`\x1b[${this.#drawnLines}A\x1b[J`);
    this.#drawnLines = 0;
  }

  #draw(): void {
    const {columns, rows = 0} = this.#options.output;
    const lines = renderPanel(this.#view(), {columns, rows});
    this.#erase();
    this.#options.output.write(`${lines.join('\n')}\n`);
    this.#drawnLines = lines.length;
  }

  #view(): ProgressView {
    const source = this.#source;
    if (!source) throw new Error('Internal error: drawn before there is anything to watch');
    const nowMs = this.#options.clock.monotonic();
    const progress = source.progress();
    this.#rate.sample(nowMs, progress.questions.succeeded + progress.questions.failed);
    return {
      progress,
      elapsedMs: nowMs - this.#startMs,
      rate: this.#rate.perSecond(),
      ...(this.#options.detailed ? {pools: source.waiting(SHOWN_REQUESTS)} : {}),
    };
  }
}

function describeEvent(event: RunEvent): string | null {
  switch (event.kind) {
    case 'run-started':
      return null;
    case 'task-started':
      return `started  ${describeTask(event.task)}${event.task.units === 'trials' ? '' : ` (${event.pending} of ${event.total} questions)`}`;
    case 'conversation-failed':
      return `${(event.isFinal ? event.outcome : 'failed').padEnd(8)} ${event.questionId} in ${describeTask(event.task)}: ${event.reason}`;
    case 'trial-failed':
      return `${event.outcome.padEnd(8)} ${event.task.experiment}: ${event.reason}`;
    case 'task-finished':
      if (event.task.units === 'trials')
        return event.succeeded === event.total ? `finished ${describeTask(event.task)}` : null;
      return `finished ${describeTask(event.task)}: ${event.succeeded} of ${event.total} succeeded${parenthesize(event.outcomes)}`;
    case 'task-stopped':
      return `stopped  ${describeTask(event.task)}: ${event.reason}${event.task.units === 'trials' ? '' : ` (${event.left} ${event.left === 1 ? 'question' : 'questions'} left)`}`;
    case 'task-refused':
      return `refused  ${describeTask(event.task)}: ${event.reason}`;
    case 'tasks-given-up': {
      const [first, ...others] = event.tasks;
      const which = first && others.length === 0 ? describeTask(first) : `${event.tasks.length} tasks`;
      return `given up ${which}: ${event.reason}`;
    }
    case 'warning':
      return `warning  ${event.message}`;
    case 'server-news':
      return `server   ${event.text}`;
    case 'stopping':
      return `stopping: ${event.reason}; ${event.inFlight} requests in flight get ${Math.round(event.graceMs / 1000)} s; Ctrl-C (SIGINT) leaves at once`;
  }
}

function parenthesize(outcomes: OutcomeCounts): string {
  const text = describeOutcomes(outcomes);
  return text === '' ? '' : ` (${text})`;
}

/** Measures conversations per second over the last half minute: steady, but quick to show a server that slows down. */
export class RateMeter {
  readonly #samples: {readonly atMs: number; readonly count: number}[] = [];
  readonly #windowMs: number;

  constructor(windowMs = 30_000) {
    this.#windowMs = windowMs;
  }

  /** @param count a total that only grows. */
  sample(atMs: number, count: number): void {
    this.#samples.push({atMs, count});
    while (this.#samples.length > 2 && atMs - (this.#samples[0]?.atMs ?? atMs) > this.#windowMs) this.#samples.shift();
  }

  perSecond(): number {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (!first || !last || last.atMs <= first.atMs) return 0;
    return ((last.count - first.count) * 1000) / (last.atMs - first.atMs);
  }
}
