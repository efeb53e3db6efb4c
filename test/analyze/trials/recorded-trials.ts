import {createLayout, type Layout} from '../../../src/record/layout.ts';
import {writeFileAtomic} from '../../../src/record/disk/atomic-file.ts';
import {identifyExecutor} from '../../../src/record/lease/executor-identity.ts';
import {writeTrialRecord, type TrialRecord} from '../../../src/record/trial/trial-record.ts';
import {findTrials} from '../../../src/analyze/trials/find-trials.ts';
import type {TrialSelection} from '../../../src/analyze/trials/read-trials.ts';
import {toTrialRow, type TrialRow} from '../../../src/analyze/trials/trial-row.ts';
import {temporaryFolder} from '../../support/temporary-folder.ts';

/** A trial as a test names it; everything else has a usual value. */
export interface GivenTrial {
  readonly labels?: TrialRecord['trial']['labels'];
  readonly seed?: number | null;
  readonly status?: TrialRecord['status'];
  readonly metrics?: Readonly<Record<string, number>>;
  readonly id?: string;
  readonly more?: Partial<TrialRecord>;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** Returns the whole record of a trial. */
export function makeRecord(
  {labels = {}, seed = null, status = 'succeeded', metrics = {}, id, more = {}, details = {}}: GivenTrial,
  {kind = 'bench', set = 'r1'}: {readonly kind?: string; readonly set?: string} = {},
): TrialRecord {
  const name = id ?? [...Object.values(labels), ...(seed === null ? [] : [`seed${seed}`])].join('__');
  return {
    schema: 'mac.trial-record/1',
    kind,
    set,
    set_folder: `runs/${set}`,
    task_key: `key of ${kind} ${set} ${name}`,
    grid_id: null,
    task_id: null,
    trial: {
      id: name,
      labels,
      seed,
      config: {},
      runner: {kind: 'command', argv: ['true'], output: 'planned'},
      evaluators: [],
      output_dir: `runs/${set}/${name}`,
      cwd: '.',
      environment: {},
      timeout_seconds: null,
      resources: {gpus: 0},
      code: null,
      details,
    },
    status,
    attempt: 1,
    started_at: '2026-11-20T10:00:00.000000Z',
    finished_at: status === 'started' ? null : '2026-11-20T10:00:10.000000Z',
    duration_seconds: status === 'started' ? null : 10,
    output_dir: `runs/${set}/${name}`,
    command: ['true'],
    exit_code: 0,
    signal: null,
    log_path: null,
    tail: [],
    gpus: [],
    config_sha256: null,
    metrics,
    tokens: null,
    result: {},
    evaluations: [],
    where: identifyExecutor({}),
    history: [],
    ...more,
  };
}

/** A workspace with records of trials, written as an executor writes them. */
export class TrialWorkspace {
  readonly folder: string;
  readonly layout: Layout;

  constructor(folder = temporaryFolder('mac-trials-')) {
    this.folder = folder;
    this.layout = createLayout({workspace: folder});
  }

  async record(
    trials: readonly GivenTrial[],
    set: {readonly kind?: string; readonly set?: string} = {},
  ): Promise<void> {
    for (const trial of trials) await writeTrialRecord(this.layout, makeRecord(trial, set), {write: writeFileAtomic});
  }

  async select(selector: string): Promise<TrialSelection> {
    const selection = await findTrials(this.layout, selector);
    if (!selection) throw new Error(`${selector} means no trials`);
    return selection;
  }
}

/** Returns rows without a disk. */
export function makeRows(trials: readonly GivenTrial[]): TrialRow[] {
  return trials.map(trial => toTrialRow(makeRecord(trial)));
}

/** Returns a selection without a disk. */
export function makeSelection(trials: readonly GivenTrial[]): TrialSelection {
  return {
    name: 'bench/r1',
    kind: 'bench',
    sets: ['r1'],
    rows: makeRows(trials),
    missing: [],
    outdated: [],
    unreadable: [],
  };
}
