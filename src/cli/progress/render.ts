import type {Progress, WaitingRequest} from '../../execute/events.ts';
import {formatBar, formatDuration, formatRate, shorten} from './format.ts';

export interface ProgressView {
  readonly progress: Progress;
  readonly elapsedMs: number;
  /** Conversations per second. */
  readonly rate: number;
  /** Shown with MAC_FAIRNESS_LIVE_STATUS=1. */
  readonly pools?: readonly WaitingRequest[];
}

/** One line for logs and files. */
export function renderLine({progress, elapsedMs, rate}: ProgressView): string {
  const {tasks, questions, requests, models} = progress;
  const done = questions.succeeded + questions.carriedOver;
  return [
    `[${formatDuration(elapsedMs)}]`,
    `${done}/${questions.total} questions`,
    `${tasks.finished}/${tasks.total} tasks`,
    formatRate(rate),
    `ETA ${eta(progress, rate)}`,
    `in flight ${requests.inFlight}`,
    `ready ${requests.ready}`,
    `retries ${requests.retries}`,
    `failed ${questions.failed}`,
    ...models.flatMap(({name, trouble}) => (trouble === null ? [] : [`${name}: ${shorten(trouble, 160)}`])),
  ].join('  ');
}

/** The lines of the live view, none wider than the terminal. */
export function renderPanel(view: ProgressView, terminalColumns: number): string[] {
  // Some terminals, in containers for instance, say that they have none.
  const columns = terminalColumns > 0 ? terminalColumns : 80;
  const {progress, elapsedMs, rate, pools} = view;
  const {tasks, questions, requests, models} = progress;
  const done = questions.succeeded + questions.failed + questions.carriedOver;
  const share = questions.total === 0 ? 0 : done / questions.total;
  const bar = formatBar(share, Math.max(10, Math.min(40, columns - 60)));
  const lines = [
    `${bar} ${(share * 100).toFixed(0).padStart(3)} %  ${done}/${questions.total} questions  ${formatRate(rate)}  ${formatDuration(elapsedMs)}  ETA ${eta(progress, rate)}`,
    `tasks ${tasks.finished}/${tasks.total} done, ${tasks.open} open   ready ${requests.ready}  blocked ${requests.blocked}  retries ${requests.retries}  errors ${requests.errors}  failed ${questions.failed}`,
    ...models.map(
      model =>
        `  ${model.name.padEnd(32)} ${formatBar(model.limit > 0 ? model.inFlight / model.limit : 0, 12)} ${model.inFlight}/${model.limit} in flight, ${model.ready} ready${model.trouble === null ? '' : `  ${model.trouble}`}`,
    ),
  ];
  if (pools) {
    lines.push('ready requests, next first:', ...pools.map(renderWaiting));
  }
  return lines.map(line => shortenLine(line, columns));
}

function renderWaiting(request: WaitingRequest): string {
  return `  ${request.questionId}  round ${request.round}  ${request.agentId}  ${request.model}${request.retry ? '  retry' : ''}`;
}

function shortenLine(line: string, columns: number): string {
  return line.length < columns ? line : `${line.slice(0, Math.max(1, columns - 2))}…`;
}

function eta({questions}: Progress, rate: number): string {
  const left = questions.total - questions.succeeded - questions.failed - questions.carriedOver;
  return rate > 0 ? formatDuration((left / rate) * 1000) : '–';
}

/** A task in words: its number and names. */
export function describeTask(label: {index: number | null; benchmark: string; experiment: string}): string {
  return `${label.index === null ? '' : `task ${label.index} `}${shorten(`${label.benchmark}/${label.experiment}`, 90)}`;
}
