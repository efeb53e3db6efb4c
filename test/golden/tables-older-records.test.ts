import {describe, expect, test} from 'vitest';

import {Problems} from '../../src/analyze/records/problems.ts';
import {readSelection} from '../../src/analyze/select/select-tasks.ts';
import {readTables} from '../../src/analyze/tables/read-tables.ts';
import {conversationsTable} from '../../src/analyze/tables/conversations-table.ts';
import {messagesTable} from '../../src/analyze/tables/messages-table.ts';
import type {Cell, Column} from '../../src/analyze/tables/table.ts';
import {createLayout} from '../../src/record/layout.ts';
import {HAS_SHARED, SHARED} from '../support/golden.ts';
import {olderStages, olderWorkspace} from '../support/older-records.ts';
import {recordsOf} from '../support/records.ts';

if (!HAS_SHARED) console.warn(`SKIPPED: tables of the older system's records: no golden runs at ${SHARED}`);

type Row = Readonly<Record<string, Cell>>;

function toRow(columns: readonly Column[], cells: readonly Cell[]): Row {
  return Object.fromEntries(columns.map(({name}, i) => [name, cells[i] ?? null]));
}

describe.skipIf(!HAS_SHARED)('records of the older system', () => {
  test('every question with an index line has a row, every message of a readable transcript too', async () => {
    let rows = 0;
    let answers = 0;
    for (const [name, stage] of olderStages()) {
      const found = olderWorkspace(name, stage);
      if (!found) continue;
      const {transcripts, indexLines} = recordsOf(found.workspace);
      const lines = new Set(indexLines.map(line => `${line.config_snapshot_path} ${line.question_id}`));
      if (lines.size === 0) continue;
      const layout = createLayout(found);
      const problems = new Problems();
      const {tasks} = await readSelection(layout, 'all', problems);
      const conversations: Row[] = [];
      const messages: Row[] = [];
      await readTables(layout, tasks, {
        sinks: {
          conversations: {write: row => void conversations.push(toRow(conversationsTable.columns, row))},
          messages: {write: row => void messages.push(toRow(messagesTable.columns, row))},
        },
        problems,
      });
      const where = `${name} ${stage}: ${JSON.stringify(problems.list())}`;
      expect(conversations.length, where).toBe(lines.size);
      const known = new Map(transcripts.map(transcript => [transcript.transcript_id, transcript]));
      const read = conversations.filter(row => row['round_count'] !== null);
      const expected = read.flatMap(row =>
        known.get(row['transcript_id'])!.conversation_rounds.flatMap((round: any) => round.messages),
      );
      expect(messages.length, where).toBe(expected.length);
      expect(messages.map(row => row['opinion_raw']).sort()).toEqual(
        expected.map((message: any) => message.structured_response.opinion ?? null).sort(),
      );
      rows += conversations.length;
      answers += messages.length;
    }
    console.log(`golden e2e records: ${rows} conversations and ${answers} messages in tables`);
    expect(rows).toBeGreaterThan(100);
  });
});
