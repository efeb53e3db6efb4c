import {basename} from 'node:path';

import {sumOutcomes} from '../../core/conversation-outcome.ts';
import {sumFailures} from '../../record/task/error-codes.ts';
import type {ArchivedGrid} from '../../record/grid/archive.ts';
import type {GridView} from './describe-grid.ts';

/** What is to be shown of a finished grid run, of which the archive has kept the manifest. Pure. */
export function describeFinished({completed_at: completedAt, manifest}: ArchivedGrid): GridView {
  const {tasks} = manifest;
  // The older system's manifests do not count questions.
  const isCounted = tasks.length > 0 && tasks.every(({questions}) => questions !== undefined);
  const total = tasks.reduce((sum, {questions}) => sum + (questions?.total ?? 0), 0);
  return {
    gridId: manifest.grid_id ?? '',
    configName: basename(manifest.grid_config_snapshot_path),
    repetition: manifest.repetition ?? 1,
    repetitions: manifest.repetitions ?? 1,
    completedAt,
    submittedAt: manifest.submission_timestamp,
    counts: {done: tasks.length},
    tasks: tasks.length,
    questions: {done: total, total: isCounted ? total : null, isEstimate: false},
    outcomes: sumOutcomes(tasks.map(({questions}) => questions?.outcomes)),
    failures: sumFailures(tasks.map(({questions}) => questions?.failures)),
    rate: null,
    secondsLeft: isCounted ? 0 : null,
    groups: [],
    notes: [],
  };
}
