import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterEach, describe, expect, test} from 'vitest';

import {runMac} from '../support/mac.ts';
import {recordsOf} from '../support/records.ts';
import {completion, startStub, type StubReply, type StubServer} from '../support/servers/stub.ts';
import {makeWorkspace} from '../support/workspace.ts';

const GOOD = completion({content: '{"answer": "The first one", "rationale": "the other said so"}'});
const NOT_JSON = completion({content: 'Well, who knows.'}, {tokens: 7});
const CUT = completion({content: '{"answer": "The first one", "rationale": "beca'}, {finish: 'length', tokens: 120});
const NO_CHOICE = completion({content: '{"answer": "Somebody else", "rationale": "a third person did"}'}, {tokens: 15});

/** The first agent's replies to each question, attempt by attempt; the second answers well at once. */
const SCRIPT: Readonly<Record<string, readonly StubReply[]>> = {
  q0: [NOT_JSON, NOT_JSON, NOT_JSON],
  q1: [CUT, CUT, CUT],
  q2: [NO_CHOICE, NO_CHOICE, NO_CHOICE],
  q3: [NOT_JSON, CUT, NO_CHOICE],
  q4: [NOT_JSON, NOT_JSON, GOOD],
};

const WHY = '4 questions failed: 4 replies were not JSON, 4 were cut at max_tokens 120, 4 named no choice';

let server: StubServer;
afterEach(() => server.close());

/** A workspace whose model plays `SCRIPT` over HTTP. */
async function begin(): Promise<string> {
  const left = new Map(Object.entries(SCRIPT).map(([question, replies]) => [question, [...replies]]));
  server = await startStub(({method, body}) => {
    if (method === 'GET') return {body: {data: [{id: 'm'}]}};
    const text = JSON.stringify(body);
    const question = /Which one, (q\d)\?/.exec(text)?.[1] ?? '';
    return (text.includes('doctor') ? left.get(question)?.shift() : undefined) ?? GOOD;
  });
  const cwd = makeWorkspace({
    model: `{backend: vllm, model_path: m, max_num_seqs: 4, api_config: {base_url: "${server.url}/v1"}}`,
    questions: 5,
  });
  const path = join(cwd, 'config/c.yaml');
  writeFileSync(path, readFileSync(path, 'utf8').replaceAll('max_tokens: 100', 'max_tokens: 120'));
  return cwd;
}

const mac = (cwd: string, ...args: string[]) => runMac(args, {cwd});

describe('why questions failed is told where they failed', () => {
  test('at the end of mac run, by mac status, by mac show attempt by attempt, and in the table of conversations', async () => {
    const cwd = await begin();
    const run = await mac(cwd, 'run', 'config/c.yaml');
    expect(run.exitCode, run.stderr).toBe(1);
    expect(run.stdout).toContain(WHY);
    expect(run.stdout).toMatch(/^ *try structured_output: json_schema/m);
    const example = /mac show (\S+)/.exec(run.stdout)?.[1] ?? '';
    expect(run.stdout + run.stderr).not.toContain('failed after 2 retries');

    const status = await mac(cwd, 'status');
    expect(status.stdout).toContain(WHY);
    expect(status.stdout).toMatch(/3 unusable, 1 cut|1 cut, 3 unusable/);
    expect((await mac(cwd, 'show', example)).stdout).toContain('Well, who knows.');

    const {transcripts, indexLines} = recordsOf(cwd);
    const mixed = transcripts.find(each => each.experiment_metadata.question_id === 'q3');
    expect(mixed.conversation_summary).toMatchObject({status: 'failed', outcome: 'unusable'});
    expect(indexLines.find(line => line.question_id === 'q1')).toMatchObject({status: 'failed', outcome: 'cut'});
    const attempts = mixed.conversation_summary.failed_turn.failed_attempts;
    expect(attempts.map((each: any) => [each.error_code, each.finish_reason, each.response_tokens])).toEqual([
      ['MISSING_STRUCTURED_OUTPUT', 'stop', 7],
      ['MAX_LENGTH_EXCEEDED', 'length', 120],
      ['INVALID_ANSWER', 'stop', 15],
    ]);
    const shown = (await mac(cwd, 'show', mixed.transcript_id)).stdout;
    for (const each of attempts) expect(shown).toContain(each.error_code);
    expect(shown).toContain('Well, who knows.');
    expect(shown).toContain('Somebody else');
    expect(shown).toMatch(/no usable answer in 3 attempts: 1 reply was not JSON, 1 was cut at max_tokens 120, 1 named/);
    // What the other agent had said in that round is there, too.
    expect(mixed.conversation_summary.unfinished_round.messages).toHaveLength(1);
    expect(shown).toContain('the other said so');

    const sql = 'SELECT question_id, outcome, error_codes_json FROM conversations ORDER BY question_id';
    const {rows} = JSON.parse((await mac(cwd, 'query', sql, '--format', 'json')).stdout);
    expect(rows).toMatchObject([
      {question_id: 'q0', outcome: 'unusable', error_codes_json: '{"MISSING_STRUCTURED_OUTPUT":3}'},
      {question_id: 'q1', outcome: 'cut', error_codes_json: '{"MAX_LENGTH_EXCEEDED":3}'},
      {question_id: 'q2', outcome: 'unusable', error_codes_json: '{"INVALID_ANSWER":3}'},
      {question_id: 'q3', outcome: 'unusable'},
      {question_id: 'q4', outcome: 'succeeded', error_codes_json: '{"MISSING_STRUCTURED_OUTPUT":2}'},
    ]);
  });
});

describe('a grid that began with a version which asked otherwise', () => {
  /** Makes the records of a run look like those of an older version. */
  function makeOlder(cwd: string, version: string): void {
    const {gridManifests} = recordsOf(cwd);
    const {grid_id: id} = gridManifests[0];
    const runFile = join(cwd, 'bookkeeping/task_record', id, 'run.json');
    writeFileSync(runFile, readFileSync(runFile, 'utf8').replace(/"mac_version": ".*"/, `"mac_version": "${version}"`));
  }

  test('goes on with a warning; one of this version without', async () => {
    const cwd = await begin();
    await mac(cwd, 'run', 'config/c.yaml');
    expect((await mac(cwd, 'resume', '--dry-run')).stderr).not.toContain('began with');
    makeOlder(cwd, '0.1.0+g1a2b3c4d5e6f');
    const snapshot = recordsOf(cwd).gridManifests[0].grid_config_snapshot_path.split('/').at(-1);
    for (const args of [['resume', '--dry-run'], ['repair', snapshot, '--dry-run'], ['resume']]) {
      const {stderr} = await mac(cwd, ...args);
      expect(stderr).toMatch(/^warning: \S+ began with mac 0\.1\.0\+g1a2b3c4d5e6f, and this is mac .*temperature/m);
    }
  });
});
