import {z} from 'zod';

import {questionSchema} from '../questions/question-schema.ts';
import {transcriptSchema} from './formats.ts';
import {gridManifestSchema} from './grid/grid-manifest.ts';
import {indexSchema} from './index/index-file.ts';
import {trialRecordSchema} from './trial/trial-record.ts';
import {taskManifestSchema} from './task/task-manifest.ts';

/** Raised when a record that was valid no longer is. */
const VERSION = 1;

const RECORDS = {
  transcript: transcriptSchema,
  question: questionSchema,
  manifest: taskManifestSchema,
  'grid-manifest': gridManifestSchema,
  index: indexSchema,
  trial: trialRecordSchema,
} as const;

/** A kind of record that has a published schema; `index` is one line of an index. */
export type RecordKind = keyof typeof RECORDS;

export const RECORD_KINDS = Object.keys(RECORDS) as RecordKind[];

/** Returns the JSON Schema (2020-12) of a kind of record. */
export function recordJsonSchema(kind: RecordKind): Record<string, unknown> {
  const {$schema, ...schema} = z.toJSONSchema(RECORDS[kind], {io: 'input', unrepresentable: 'any'});
  return {$schema, $id: `urn:mac:${kind}:${VERSION}`, title: `mac ${kind}`, ...schema};
}
