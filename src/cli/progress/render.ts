import type {Progress, WaitingRequest} from '../../execute/events.ts';
import {formatBar, formatDuration, formatRate} from '../render/format.ts';
import {shorten} from '../../core/text/amounts.ts';

export interface ProgressView {
  readonly progress: Progress;
  readonly elapsedMs: number;
  /** Conversations per second. */
  readonly rate: number;
  /** Shown with MAC_FAIRNESS_LIVE_STATUS=1. */
  readonly pools?: readonly WaitingRequest[];
}

/** Returns one line for logs and files. */
export function renderLine({progress, elapsedMs, rate}: ProgressView): string {
  const {units, tasks, questions, requests, models} = progress;
  const done = questions.succeeded + questions.carriedOver;
  return [
    `[${formatDuration(elapsedMs)}]`,
    `${done}/${questions.total} ${units}`,
    ...(units === 'trials' ? [] : [`${tasks.finished}/${tasks.total} tasks`]),
    formatRate(rate),
    `ETA ${renderEta(progress, rate)}`,
    ...(units === 'trials'
      ? [`running ${tasks.open}`]
      : [`in flight ${requests.inFlight}`, `ready ${requests.ready}`, `retries ${requests.retries}`]),
    `failed ${questions.failed}`,
    ...models.flatMap(({name, trouble}) => (trouble === null ? [] : [`${name}: ${shorten(trouble, 160)}`])),
  ].join('  ');
}

/** Columns and rows of a terminal. */
export interface TerminalSize {
  /** 0: it does not say. */
  readonly columns: number;
  /** 0: it does not say. */
  readonly rows: number;
}

/** Assumed where a terminal reports no columns or rows, as in some containers. */
const DEFAULT_SIZE: TerminalSize = {columns: 80, rows: 24};

/** Returns the lines of the live view, the bar first: none wider than the terminal, and no more than fit. */
export function renderPanel(view: ProgressView, terminal: TerminalSize): string[] {
  const columns = terminal.columns > 0 ? terminal.columns : DEFAULT_SIZE.columns;
  const {progress, pools} = view;
  const lines = [
    renderBar(view, columns),
    renderCounts(progress, columns),
    ...progress.models.map(model => renderModel(model, columns)),
    ...(pools && pools.length > 0 ? ['ready requests, next first:', ...pools.map(renderWaiting)] : []),
  ];
  // The cursor waits on a line of its own below them.
  const most = Math.max(1, (terminal.rows > 0 ? terminal.rows : DEFAULT_SIZE.rows) - 1);
  const shown =
    lines.length <= most ? lines : [...lines.slice(0, most - 1), `… and ${lines.length - most + 1} more lines`];
  return (most === 1 ? lines.slice(0, 1) : shown).map(line => shortenLine(line, columns));
}

function renderBar({progress, elapsedMs, rate}: ProgressView, columns: number): string {
  const {questions} = progress;
  const done = questions.succeeded + questions.failed + questions.carriedOver;
  const share = questions.total === 0 ? 0 : done / questions.total;
  const bar = formatBar(share, Math.max(5, Math.min(40, columns - 60)));
  const percent = `${(share * 100).toFixed(0).padStart(3)} %`;
  return fitParts(
    [
      {text: bar, rank: 0},
      {text: percent, rank: 1, gap: ' '},
      {text: `${done}/${questions.total}`, rank: 2},
      {text: progress.units, rank: 6, gap: ' '},
      {text: formatRate(rate), rank: 4},
      {text: formatDuration(elapsedMs), rank: 5},
      {text: `ETA ${renderEta(progress, rate)}`, rank: 3},
    ],
    columns,
  );
}

/** Renders the counts; where there is little room, the failures are the last to go. */
function renderCounts({units, tasks, questions, requests}: Progress, columns: number): string {
  return fitParts(
    [
      {text: `tasks ${tasks.finished}/${tasks.total} done`, rank: 2},
      {text: `${tasks.open} open`, rank: 5, gap: ', '},
      ...(units === 'trials'
        ? []
        : [
            {text: `ready ${requests.ready}`, rank: 6, gap: '   '},
            {text: `blocked ${requests.blocked}`, rank: 7},
            {text: `retries ${requests.retries}`, rank: 3},
            {text: `errors ${requests.errors}`, rank: 4},
          ]),
      {text: `failed ${questions.failed}`, rank: 1},
    ],
    columns,
  );
}

/** A part of a line; where not all fit, those with the highest ranks are dropped first. */
interface Part {
  readonly text: string;
  readonly rank: number;
  /** Between it and the part before; default two spaces. */
  readonly gap?: string;
}

function fitParts(parts: readonly Part[], columns: number): string {
  let kept = [...parts];
  for (;;) {
    const line = kept.map(({text, gap = '  '}, i) => (i === 0 ? text : `${gap}${text}`)).join('');
    if (line.length < columns || kept.length <= 1) return line;
    const last = Math.max(...kept.map(({rank}) => rank));
    kept = kept.filter(({rank}) => rank !== last);
  }
}

/** Renders the load of a model; its trouble matters most, so it stays where names or numbers are dropped. */
function renderModel({name, inFlight, limit, ready, trouble}: Progress['models'][number], columns: number): string {
  const shortName = shorten(name, Math.max(12, Math.min(32, columns - 40)));
  const load = formatBar(limit > 0 ? inFlight / limit : 0, 12);
  return fitParts(
    [
      {text: `  ${shortName.padEnd(Math.min(32, columns - 40))}`, rank: 0},
      {text: load, rank: 3, gap: ' '},
      {text: `${inFlight}/${limit} in flight`, rank: trouble === null ? 1 : 2, gap: ' '},
      {text: `${ready} ready`, rank: 4, gap: ', '},
      ...(trouble === null ? [] : [{text: shorten(trouble, Math.max(20, columns - shortName.length - 5)), rank: 1}]),
    ],
    columns,
  );
}

function renderWaiting(request: WaitingRequest): string {
  return `  ${request.questionId}  round ${request.round}  ${request.agentId}  ${request.model}${request.retry ? '  retry' : ''}`;
}

function shortenLine(line: string, columns: number): string {
  return line.length < columns ? line : `${line.slice(0, Math.max(1, columns - 2))}…`;
}

function renderEta({questions}: Progress, rate: number): string {
  const left = questions.total - questions.succeeded - questions.failed - questions.carriedOver;
  return rate > 0 ? formatDuration((left / rate) * 1000) : '–';
}
