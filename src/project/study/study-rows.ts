import {resolve} from 'node:path';

import {asMapping, type Mapping} from '../../core/mapping.ts';
import type {Label, Trial} from '../../core/trial.ts';
import type {TrialPlan} from '../../plan/trial-plan.ts';
import type {Layout} from '../../record/layout.ts';
import type {TrialRecord} from '../../record/trial/trial-record.ts';

/** A row of a study: as it is planned now, or as it was when it ran if the file no longer has it. */
export interface StudyRow {
  readonly trial: Trial;
  /** Undefined before its first attempt. */
  readonly record: TrialRecord | undefined;
  readonly hypothesis: string;
  readonly condition: string;
  readonly scenario: string;
  readonly seed: Label;
  readonly details: Mapping;
  /** Its own part of paths: `hypothesis/condition/scenario/seed_n`. */
  readonly place: string;
}

/**
 * Lists the rows of a study: those of its file in its order, then those that have a record and are no longer in the
 * file. Nothing that ran is lost because fewer rows were asked for, or the file has changed.
 */
export function listRows({trials}: TrialPlan, records: ReadonlyMap<string, TrialRecord>): StudyRow[] {
  const planned = new Set(trials.map(({trial}) => trial.id));
  const former = [...records.values()].filter(({trial}) => !planned.has(trial.id));
  return [
    ...trials.map(({trial}) => toRow(trial, records.get(trial.id))),
    // A record is data that was checked; its type differs from a trial's in being read-only.
    ...former.map(record => toRow(structuredClone(record.trial) as Trial, record)),
  ];
}

function toRow(trial: Trial, record: TrialRecord | undefined): StudyRow {
  const {labels} = trial;
  const details = asMapping(trial.details);
  return {
    trial,
    record,
    hypothesis: String(labels['hypothesis']),
    condition: String(labels['condition']),
    scenario: String(labels['scenario']),
    seed: labels['seed'] ?? null,
    details,
    place: String(details['place']),
  };
}

/** A row with an outcome. */
export type FinishedRow = StudyRow & {readonly record: TrialRecord};

/** Tells whether a row has an outcome; one that runs or was interrupted has none. */
export function isFinished(row: StudyRow): row is FinishedRow {
  return row.record !== undefined && row.record.status !== 'started';
}

/** Returns a path of a trial or a record as an absolute one. */
export function toAbsolute(layout: Layout, path: string): string {
  return resolve(layout.workspace, layout.resolve(path));
}

/** Renders a time as study files have it: `2026-01-31T09-08-07Z`, UTC. */
export function studyTimestamp(time: string | number): string {
  return new Date(time)
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replaceAll(':', '-');
}
