import {describe, expect, test} from 'vitest';

import {readResults} from '../../src/analyze/score/read-results.ts';
import {createLayout} from '../../src/record/layout.ts';
import {HAS_SHARED, SHARED} from '../support/golden.ts';
import {olderStages, olderWorkspace} from '../support/older-records.ts';
import {recordsOf} from '../support/records.ts';

/** Questions of a task that have a transcript that succeeded and stands in the index. */
function scorable(workspace: string): number {
  const {transcripts, indexLines} = recordsOf(workspace);
  const indexed = new Set(indexLines.map(({transcript_path: path}) => path.split('/').at(-1).replace('.json', '')));
  const done = transcripts
    .filter(({transcript_id: id, conversation_summary: summary}) => indexed.has(id) && summary.status === 'succeeded')
    .map(({experiment_metadata: metadata}) => `${metadata.config_snapshot_path} ${metadata.question_id}`);
  return new Set(done).size;
}

if (!HAS_SHARED) console.warn(`SKIPPED: results of the older system's records: no golden runs at ${SHARED}`);

describe.skipIf(!HAS_SHARED)('records of the older system', () => {
  test('every conversation that succeeded is scored, whatever the run went through', async () => {
    let conversations = 0;
    let workspaces = 0;
    for (const [name, stage] of olderStages()) {
      const found = olderWorkspace(name, stage);
      const expected = found ? scorable(found.workspace) : 0;
      if (!found || expected === 0) continue;
      const request = {selector: 'all', unit: 'agent', round: 'last', draws: 19} as const;
      const {cells, problems} = await readResults(createLayout(found), request);
      const scored = cells
        .filter(({stratum}) => !stratum.endsWith(')'))
        .reduce((sum, cell) => sum + cell.conversations, 0);
      expect(scored, `${name} ${stage}: ${JSON.stringify(problems)}`).toBe(expected);
      conversations += scored;
      workspaces++;
    }
    console.log(`golden e2e records: ${conversations} conversations of ${workspaces} workspaces scored`);
    expect(workspaces).toBeGreaterThan(20);
  });
});
