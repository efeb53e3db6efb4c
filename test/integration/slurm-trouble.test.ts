import {randomUUID} from 'node:crypto';
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';

import {failureSignature} from '../../src/core/signature.ts';
import {judgeArray, listOutcomes} from '../../src/slurm/state/failure-signatures.ts';
import {recordsOf} from '../support/records.ts';
import {submitByHand} from '../support/submitted-grid.ts';
import {answer, GOOD, startTalkingServer, type Talk} from '../support/talking-server.ts';
import {makeWorkspace} from '../support/workspace.ts';

const CUT = {...GOOD, choices: [{message: {content: '{"answer": "The fir'}, finish_reason: 'length'}]};

/** Runs the first elements of an array of four tasks, whose model answers as the test says. */
async function runElements(talk: Talk, guards?: object) {
  const server = await startTalkingServer(talk);
  try {
    const workspace = makeWorkspace({
      questions: 20,
      model: `{backend: openai, model_name: m, api_config: {base_url: "${server.url}", max_retries: 0}}`,
      extra: '_grid: {sweep: {agent_definitions.0.persona: [nurse, lawyer, farmer, doctor]}}',
    });
    const grid = await submitByHand({workspace, spec: '0-3'});
    if (guards) {
      const path = grid.layout.slurm(grid.gridId).submission(1);
      writeFileSync(path, JSON.stringify({...JSON.parse(readFileSync(path, 'utf8')), guards}));
    }
    const jobId = String(900_000_000 + Math.floor(Math.random() * 1e6));
    const env = {OPENAI_API_KEY: `sk-${randomUUID()}`, PATH: `${join(workspace, 'none')}:${process.env['PATH'] ?? ''}`};
    const results = [];
    for (const element of [0, 1, 2, 3]) results.push(await grid.runElement(element, {jobId, env}));
    const elements = await Promise.all([0, 1, 2, 3].map(element => grid.record(jobId, element)));
    return {workspace, results, elements: elements.flatMap(each => each ?? []), calls: server.calls()};
  } finally {
    await server.close();
  }
}

test('elements whose model refuses every request fail with one signature, which stops the rest of the array', async () => {
  const {workspace, results, elements, calls} = await runElements((_asked, response) =>
    answer(response, 400, {error: {message: 'bad parameter'}}),
  );
  expect(results.map(({exitCode}) => exitCode)).toEqual([1, 1, 1, 1]);
  const details = elements.map(({attempts}) => attempts.at(-1)?.detail ?? '');
  expect(details[0]).toContain('10 conversations were refused alike');
  expect(new Set(details.map(failureSignature)).size).toBe(1);
  expect(judgeArray(listOutcomes(elements))).toMatchObject({
    kind: 'stop',
    cause: expect.stringContaining('bad parameter'),
  });
  expect(results[3]?.stderr).toContain('stopping the pending elements of job');
  expect(recordsOf(workspace).transcripts).toEqual([]);
  expect(calls).toBeLessThan(160);
});

test('elements send their canaries first, and stop the array where all of them fail with the same signature', async () => {
  const {workspace, results, elements, calls} = await runElements((_asked, response) => answer(response, 200, CUT), {
    canary: 2,
  });
  expect(results.map(({exitCode}) => exitCode)).toEqual([1, 1, 1, 1]);
  expect(recordsOf(workspace).transcripts).toHaveLength(8);
  expect(calls).toBeLessThan(8 * 2 * 4);
  expect(judgeArray(listOutcomes(elements))).toMatchObject({kind: 'stop', cause: expect.stringContaining('canary')});
});
