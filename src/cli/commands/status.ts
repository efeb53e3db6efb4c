import {readEnvironment} from '../../config/workspace.ts';
import {UserError} from '../../core/errors.ts';
import {findActiveRuns, type GridRun} from '../../record/grid-run.ts';
import {createLayout, type Layout} from '../../record/layout.ts';
import {createSlurmClient} from '../../slurm/client.ts';
import {describeCode} from '../../slurm/freeze-code.ts';
import {readGridStates, type GridState, type GridStates} from '../../slurm/grid-state.ts';
import type {CommandIo, ExitCode} from '../io.ts';
import {describeGrid, type GridView} from '../status/describe-grid.ts';
import {renderGrid} from '../status/render-status.ts';

export interface StatusOptions {
  readonly watch?: boolean;
  readonly json?: boolean;
}

/** `mac status [GRID]`: every task's state, from records and Slurm together. */
export async function statusCommand(selector: string, options: StatusOptions, io: CommandIo): Promise<ExitCode> {
  const layout = createLayout(readEnvironment(io.env, io.cwd));
  const run = createSlurmClient(io.env);
  let accountingIsOff = false;
  const look = async (): Promise<string | undefined> => {
    const runs = await findRuns(layout, selector, io, options);
    if (!runs) return undefined;
    const states = await readGridStates({layout, run, clock: io.clock, accountingIsOff}, runs);
    accountingIsOff = states.accountingIsOff;
    return await render({states, layout, options, io});
  };
  if (options.watch !== true) {
    const text = await look();
    if (text !== undefined) io.stdout.write(text);
    return 0;
  }
  await watch(look, io);
  return 0;
}

async function findRuns(
  layout: Layout,
  selector: string,
  io: CommandIo,
  options: StatusOptions,
): Promise<GridRun[] | undefined> {
  try {
    return await findActiveRuns(layout, selector);
  } catch (error) {
    if (!(error instanceof UserError) || error.code !== 'grid-finished') throw error;
    if (options.json === true) io.stdout.write(`${JSON.stringify({schema: 'mac.status/1', grids: []}, null, 2)}\n`);
    else io.stdout.write(`${error.message}\n`);
    return undefined;
  }
}

/** Intervals between looks grow from two seconds to a minute: clusters ban those who ask all the time. */
const FIRST_PAUSE_MS = 2_000;
const LONGEST_PAUSE_MS = 60_000;
const GROWTH = 1.3;

async function watch(look: () => Promise<string | undefined>, io: CommandIo): Promise<void> {
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * GROWTH)) {
    const text = await look();
    if (text === undefined) return;
    const next = `(again in ${Math.round(pauseMs / 1000)} s; Ctrl-C ends the watching, not the jobs)\n`;
    // Clearing after drawing over keeps the screen from flickering.
    io.stdout.write(io.stdout.isTerminal ? `\x1b[H${text.replaceAll('\n', '\x1b[K\n')}${next}\x1b[J` : `${text}\n`);
    await io.clock.sleep(pauseMs);
  }
}

interface RenderInput {
  readonly states: GridStates;
  readonly layout: Layout;
  readonly options: StatusOptions;
  readonly io: CommandIo;
}

async function render({states, layout, options, io}: RenderInput): Promise<string> {
  const views: GridView[] = [];
  for (const grid of states.grids) {
    const slurm = layout.slurm(grid.run.grid_id);
    views.push(
      describeGrid(grid, {
        nowMs: io.clock.now(),
        logPath: (jobId, element) => slurm.log(jobId, element),
        notes: await notesOf(grid, states, layout),
      }),
    );
  }
  if (options.json === true) return renderJson(states, views);
  return views.map(view => renderGrid(view, io.stdout.columns)).join('\n');
}

async function notesOf({submissions, damaged}: GridState, states: GridStates, layout: Layout): Promise<string[]> {
  const notes = damaged.map(path => `${path} is damaged: jobs that only it knew show as lost`);
  if (states.slurmSilence !== undefined) notes.push(`Slurm does not answer: ${states.slurmSilence}`);
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

function renderJson(states: GridStates, views: readonly GridView[]): string {
  const grids = states.grids.map((grid, i) => {
    const view = views[i];
    return {
      grid_id: grid.run.grid_id,
      config: grid.run.config_name,
      repetition: grid.run.repetition,
      repetitions: grid.run.repetitions,
      counts: view?.counts ?? {},
      questions: view?.questions ?? null,
      questions_per_second: view?.rate ?? null,
      seconds_left: view?.secondsLeft ?? null,
      notes: view?.notes ?? [],
      submissions: grid.submissions.map(({number, token, created_at, code, arrays}) => ({
        number,
        token,
        created_at,
        code_version: code.version,
        arrays: arrays.map(({index, name, state, job_id, reason}) => ({index, name, state, job_id, reason})),
      })),
      tasks: grid.states.map(({task, state, cause, detail, jobId, element, node, timeLeft, startAt}) => ({
        task_id: task,
        state,
        cause: cause ?? null,
        detail: detail ?? null,
        job: jobId === undefined ? null : `${jobId}_${element ?? ''}`,
        node: node ?? null,
        time_left: timeLeft ?? null,
        start: startAt ?? null,
        questions: grid.questions.get(task) ?? null,
      })),
    };
  });
  return `${JSON.stringify({schema: 'mac.status/1', slurm_silence: states.slurmSilence ?? null, grids}, null, 2)}\n`;
}
