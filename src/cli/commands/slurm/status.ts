import {mapConcurrently, MAX_OPEN_FILES} from '../../../core/concurrency.ts';
import type {Command} from 'commander';

import {readEnvironment} from '../../../config/workspace.ts';
import type {ArchivedGrid} from '../../../record/grid/archive.ts';
import {findFinishedRepetitions, findRuns} from '../../../record/sets/find-runs.ts';
import type {GridRun} from '../../../record/grid/run-file.ts';
import {createLayout, type Layout} from '../../../record/layout.ts';
import {createSlurmClient} from '../../../slurm/cluster/client.ts';
import {type GridState, type GridStates, readGridStates} from '../../../slurm/state/grid-state.ts';
import type {TaskStateName} from '../../../slurm/state/join-states.ts';
import {readSubmissions} from '../../../slurm/submission/submission-file.ts';
import {describeCode} from '../../../slurm/submit/freeze-code.ts';
import {isBeingSubmitted} from '../../../slurm/submit/submit-lease.ts';
import {GRID_HELP, type RunAction} from '../../declare.ts';
import type {CommandIo, ExitCode} from '../../io.ts';
import {wrapLine} from '../../render/format.ts';
import {describeFinished, describeGrid} from '../../status/describe-grid.ts';
import {renderGrid} from '../../status/render-status.ts';
import {renderStatusJson, type ShownGrid} from '../../status/status-json.ts';

export interface StatusOptions {
  readonly watch?: boolean;
  readonly json?: boolean;
}

/** The grids as one look found them. */
interface StatusView {
  readonly text: string;
  /** True when nothing will change any more. */
  readonly isOver: boolean;
  /** True when something is unfinished that no executor has or will get: a person has to act. */
  readonly isStuck: boolean;
}

export function declareStatus(program: Command, run: RunAction): void {
  program
    .command('status [grid]')
    .description(`Show the state of every task of a grid; ${GRID_HELP}`)
    .option('--watch', 'keep refreshing, at growing intervals')
    .option('--json', 'print every task as JSON')
    .action((grid: string | undefined, options: StatusOptions) =>
      run(io => statusCommand(grid ?? 'latest', options, io)),
    );
}

/** Runs `mac status [GRID]`: shows every task's state, from records and Slurm together. */
export async function statusCommand(selector: string, options: StatusOptions, io: CommandIo): Promise<ExitCode> {
  const layout = createLayout(readEnvironment(io.env, io.cwd));
  const run = createSlurmClient(io.env);
  let accountingIsOff = false;
  const look = async (): Promise<StatusView> => {
    const {active, finished} = await findShownRuns(layout, selector);
    const states = await readGridStates({layout, run, clock: io.clock, accountingIsOff}, active);
    accountingIsOff = states.accountingIsOff;
    const grids = [
      ...(await mapConcurrently(finished, MAX_OPEN_FILES, grid => showFinished(grid, layout))),
      ...(await mapConcurrently(states.grids, MAX_OPEN_FILES, grid =>
        showActive(grid, {states, layout, nowMs: io.clock.now()}),
      )),
    ];
    const text = grids.map(({view}) => renderGrid(view, lineWidth(io))).join('\n') || NO_GRIDS;
    return {
      text: options.json === true ? renderStatusJson(grids, states) : text,
      isOver: active.length === 0,
      isStuck: isStuck(states) && !(await isAnySubmitting(layout, active)),
    };
  };
  if (options.watch !== true) {
    io.stdout.write((await look()).text);
    return 0;
  }
  const isFinished = await watch(look, io);
  if (isFinished) return 0;
  io.stderr.write(
    `nothing is queued or running any more, and tasks are left: mac resume ${selector} goes on with them\n`,
  );
  return 1;
}

const STUCK_STATES: ReadonlySet<TaskStateName> = new Set([
  'failed',
  'lost',
  'cancelled',
  'incomplete',
  'not submitted',
]);

/** Returns whether a person has to act. Exported for its test. */
export function isStuck({grids, slurmSilence}: StatesToWatch): boolean {
  if (slurmSilence !== undefined) return false;
  const states = grids.flatMap(grid => grid.states.map(({state}) => state));
  return (
    states.some(state => STUCK_STATES.has(state)) && states.every(state => STUCK_STATES.has(state) || state === 'done')
  );
}

/** The part of `GridStates` that says whether to keep watching. */
interface StatesToWatch extends Pick<GridStates, 'slurmSilence'> {
  readonly grids: readonly Pick<GridState, 'states'>[];
}

/** Returns whether a mac is submitting or cancelling: then tasks may enter or leave the queue at any moment. */
async function isAnySubmitting(layout: Layout, runs: readonly GridRun[]): Promise<boolean> {
  for (const {grid_id: gridId} of runs) if (await isBeingSubmitted(layout, gridId)) return true;
  return false;
}

const NO_GRIDS = 'no grids yet: mac submit CONFIG starts one on Slurm, mac run CONFIG on this machine\n';

/** Finds the runs to show: repetitions of one submission together, finished ones first. */
async function findShownRuns(layout: Layout, selector: string): ReturnType<typeof findRuns> {
  const found = await findRuns(layout, selector);
  const [run] = found.active;
  const isOne = run === undefined || run.repetitions === 1 || run.grid_id.startsWith(selector);
  return isOne ? found : {active: found.active, finished: await findFinishedRepetitions(layout, run)};
}

/** Intervals between looks grow from two seconds to a minute: clusters ban users who ask all the time. */
const FIRST_PAUSE_MS = 2_000;
const MAX_PAUSE_MS = 60_000;
const PAUSE_GROWTH = 1.3;

/** @returns false when a person has to act. Two looks must agree: a job that changes state may be missed once. */
async function watch(look: () => Promise<StatusView>, io: CommandIo): Promise<boolean> {
  let wasStuck = false;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(MAX_PAUSE_MS, pauseMs * PAUSE_GROWTH)) {
    const {text: whole, isOver, isStuck: isStuckNow} = await look();
    const isStuckForGood = isStuckNow && wasStuck;
    wasStuck = isStuckNow;
    const next =
      isOver || isStuckForGood
        ? ''
        : `(again in ${Math.round(pauseMs / 1000)} s; Ctrl-C ends the watching, not the jobs)`;
    if (!io.stdout.isTerminal) io.stdout.write(`${whole}\n`);
    else {
      const text = next === '' ? whole : `${fitScreen(whole, next, io)}\n`;
      // Clearing after drawing over keeps the screen from flickering.
      io.stdout.write(`\x1b[H${text.replaceAll('\n', '\x1b[K\n')}\x1b[J`);
    }
    if (isOver || isStuckForGood) return isOver;
    await io.clock.sleep(pauseMs);
  }
}

/** Cuts the end of a text that is longer than the screen: redrawing must not scroll. */
function fitScreen(text: string, next: string, io: CommandIo): string {
  const last = wrapLine(next, lineWidth(io));
  const lines = text.split('\n').slice(0, -1);
  // The cursor waits below.
  const most = (io.stdout.rows ?? 0) - last.length - 1;
  if (most < 1 || lines.length <= most) return [...lines, ...last].join('\n');
  const shown = lines.slice(0, most - 1);
  return [...shown, `… and ${lines.length - shown.length} more lines (mac status)`, ...last].join('\n');
}

/** Returns how wide lines may be; 0 for whole lines, as in files and pagers. */
function lineWidth({stdout: {isTerminal, columns}}: CommandIo): number {
  // A line that fills the last column may wrap, or lose its last character when the rest of the line is cleared.
  return isTerminal && columns > 1 ? columns - 1 : 0;
}

async function showFinished(archived: ArchivedGrid, layout: Layout): Promise<ShownGrid> {
  const {submissions} = await readSubmissions(layout, archived.manifest.grid_id ?? '');
  return {archived, submissions, view: describeFinished(archived)};
}

async function showActive(
  active: GridState,
  {states, layout, nowMs}: {readonly states: GridStates; readonly layout: Layout; readonly nowMs: number},
): Promise<ShownGrid> {
  const slurm = layout.slurm(active.run.grid_id);
  const view = describeGrid(active, {
    nowMs,
    logPath: (jobId, element) => slurm.log(jobId, element),
    notes: await listNotes(active, states, layout),
  });
  return {active, submissions: active.submissions, view};
}

async function listNotes({submissions, damaged}: GridState, states: GridStates, layout: Layout): Promise<string[]> {
  const notes = damaged.map(path => `${path} is damaged: jobs that only it knew show as lost`);
  if (states.slurmSilence !== undefined) notes.push(`Slurm does not answer: ${states.slurmSilence}`);
  if (states.accountingSilence !== undefined) {
    notes.push(
      `accounting does not answer, so that causes may be missing (mac doctor checks it): ${states.accountingSilence}`,
    );
  }
  const last = submissions.at(-1);
  if (last) {
    const now = await describeCode(layout);
    if (now.hash !== last.code.hash) {
      notes.push(
        `jobs run the code as submitted (${last.code.version}), which has changed since; mac resume would use the new one`,
      );
    }
  }
  return notes;
}
