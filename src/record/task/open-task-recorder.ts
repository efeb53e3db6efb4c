import {randomUUID} from 'node:crypto';
import {open} from 'node:fs/promises';
import {join} from 'node:path';

import {MAX_OPEN_FILES, mapConcurrently} from '../../core/concurrency.ts';
import {systemErrorCode, UserError} from '../../core/errors.ts';
import {raiseFence} from '../lease/fence.ts';
import {ensureIndexed, indexSize, readIndex} from '../index/index-file.ts';
import type {TaskFolders} from '../layout.ts';
import {cannotRead} from '../disk/read-file.ts';
import {mergeStates} from './question-states.ts';
import {findEarlierManifests, type EarlierManifest, type ManifestQuestion} from './task-manifest.ts';
import {TaskRecorder, type TaskRecorderOptions} from './task-recorder.ts';

/**
 * Opens the records of a task: finds what earlier attempts of this very task recorded, carries it over (transcript ids
 * are stable, what is done stays), mends the index, and writes the new manifest before the old ones go.
 *
 * @throws UserError `questions-changed` when the question file is not the one that the task began with; `cannot-write`,
 * `cannot-read`, `lock-timeout`, `lease-lost`.
 */
export async function openTaskRecorder(options: TaskRecorderOptions): Promise<TaskRecorder> {
  const {layout, config, lease} = options;
  const {benchmark_subcategory: benchmark, experiment_name: experiment} = config.experiment_metadata;
  const folders = layout.task(benchmark, experiment);
  const homes = [folders.manifests, folders.summaries, folders.transcripts];
  const fence = await raiseFence(homes, uniqueTaskName(options), lease.number);
  try {
    const indexStart = await indexSize(layout.index(experiment));
    // From here on earlier attempts cannot add anything that is not read now.
    const earlier = await findEarlier(options, folders);
    const states = await carryOver(options, earlier);
    const recorder = new TaskRecorder(options, {folders, fence, states, earlier, indexStart});
    await recorder.begin(earlier);
    return recorder;
  } catch (error) {
    await fence.lower();
    throw error;
  }
}

/** Returns a name that no other task has in the folders that it shares. */
function uniqueTaskName({gridId, taskIndex, taskKey}: TaskRecorderOptions): string {
  return gridId === null ? taskKey : `${gridId}.${taskIndex ?? taskKey}`;
}

async function findEarlier(options: TaskRecorderOptions, folders: TaskFolders): Promise<EarlierManifest[]> {
  const {layout, config, questionsSha256, onWarning} = options;
  const earlier = await findEarlierManifests(folders.manifests, options, onWarning);
  for (const {path, manifest} of earlier) {
    if (manifest.questions_sha256 !== undefined && manifest.questions_sha256 !== questionsSha256) {
      throw new UserError('questions-changed', `the question file is not the one that this task began with (${path})`, {
        hint: 'put the old file back to resume, or start a new run with the new one',
      });
    }
  }
  for (const {manifest, journal} of earlier) {
    await ensureIndexed(
      layout.index(config.experiment_metadata.experiment_name),
      journal.map(({index}) => index),
      [{start: manifest.index_start ?? 0, end: Infinity}],
    );
  }
  return earlier;
}

/**
 * Returns the state of every question as the task begins: from earlier attempts where they know it, else null with a
 * new transcript id.
 */
async function carryOver(
  {layout, config, configSnapshotPath, isIndexed, questions, isFinal, onWarning}: TaskRecorderOptions,
  earlier: readonly EarlierManifest[],
): Promise<Map<string, ManifestQuestion>> {
  const {benchmark_subcategory: benchmark, experiment_name: experiment} = config.experiment_metadata;
  const folder = layout.task(benchmark, experiment).transcripts;
  const indexed =
    isIndexed || earlier.some(({damaged}) => damaged)
      ? (await readIndex(layout.index(experiment))).records.filter(
          record => record.config_snapshot_path === configSnapshotPath,
        )
      : [];
  const known = mergeStates(earlier, isFinal, indexed);
  const states = new Map<string, ManifestQuestion>();
  for (const {question_id: id} of questions) {
    states.set(id, known.get(id) ?? {status: null, transcript_id: randomUUID()});
  }
  const done = [...states].filter(([, {status}]) => status !== null);
  await mapConcurrently(done, MAX_OPEN_FILES, async ([id, state]) => {
    const path = join(folder, `${state.transcript_id}.json`);
    if (await looksIntact(path)) return;
    onWarning(`${path} is missing or torn: question ${id} runs again`);
    states.set(id, {...state, status: null});
  });
  return states;
}

/**
 * Returns whether a transcript ends as JSON objects do. They are written whole, so only damage from outside is looked
 * for, and cheaply.
 *
 * @throws UserError `cannot-read`: what cannot be read now is not lost.
 */
async function looksIntact(path: string): Promise<boolean> {
  try {
    const file = await open(path, 'r');
    try {
      const {size} = await file.stat();
      if (size === 0) return false;
      const {buffer} = await file.read(Buffer.alloc(1), 0, 1, size - 1);
      return buffer[0] === 0x7d;
    } finally {
      await file.close();
    }
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return false;
    throw cannotRead(path, error);
  }
}
