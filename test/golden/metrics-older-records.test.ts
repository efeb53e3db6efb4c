import {cpSync, existsSync, readdirSync} from 'node:fs';
import {join, resolve} from 'node:path';
import {describe, expect, test} from 'vitest';

import {readResults} from '../../src/analyze/read-results.ts';
import {createLayout} from '../../src/record/layout.ts';
import {HAS_SHARED, SHARED} from '../support/golden.ts';
import {recordsOf} from '../support/records.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';

const E2E = resolve(SHARED, 'golden/e2e');

/** The records that a stage of the older system left behind, as a workspace; null when it left none. */
function workspaceOf(name: string, stage: string): {workspace: string; experimentRoot: string} | null {
  const raw = join(E2E, name, stage, 'raw');
  const external = join(raw, 'EXT_ROOT/exp-root');
  const results = existsSync(external) ? external : join(raw, 'experiment');
  if (!existsSync(results) || !existsSync(join(raw, 'bookkeeping'))) return null;
  const workspace = temporaryFolder('mac-older-');
  cpSync(join(raw, 'bookkeeping'), join(workspace, 'bookkeeping'), {recursive: true});
  cpSync(results, join(workspace, 'experiment'), {recursive: true});
  const data = join(E2E, name, 'workspace/data');
  if (existsSync(data)) cpSync(data, join(workspace, 'data'), {recursive: true});
  return {workspace, experimentRoot: join(workspace, 'experiment')};
}

/** Questions of a task that have a transcript that succeeded and stands in the index. */
function scorable(workspace: string): number {
  const {transcripts, indexLines} = recordsOf(workspace);
  const indexed = new Set(indexLines.map(({transcript_path: path}) => path.split('/').at(-1).replace('.json', '')));
  const done = transcripts
    .filter(({transcript_id: id, conversation_summary: summary}) => indexed.has(id) && summary.status === 'succeeded')
    .map(({experiment_metadata: metadata}) => `${metadata.config_snapshot_path} ${metadata.question_id}`);
  return new Set(done).size;
}

function stages(): [string, string][] {
  if (!HAS_SHARED) return [];
  return readdirSync(E2E).flatMap(name =>
    readdirSync(join(E2E, name))
      .filter(entry => /^stage\d+$/.test(entry))
      .map((stage): [string, string] => [name, stage]),
  );
}

if (!HAS_SHARED) console.warn(`SKIPPED: results of the older system's records: no golden runs at ${SHARED}`);

describe.skipIf(!HAS_SHARED)('records of the older system', () => {
  test('every conversation that succeeded is scored, whatever the run went through', async () => {
    let conversations = 0;
    let workspaces = 0;
    for (const [name, stage] of stages()) {
      const found = workspaceOf(name, stage);
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
