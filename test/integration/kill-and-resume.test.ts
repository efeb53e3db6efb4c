import {mkdirSync, readFileSync, readdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {execa} from 'execa';
import {describe, expect, test} from 'vitest';

import {MAC, runMac} from '../support/mac.ts';
import {countRecorded, recordsOf} from '../support/records.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';
import {question} from '../support/workspace.ts';

/** Makes a workspace with 200 questions and a config of one task, two agents and three rounds. */
function makeWorkspace(model: string): string {
  // Spaces and quotes in the path are part of the test.
  const workspace = join(temporaryFolder('mac-kill-'), "a workspace's home");
  mkdirSync(join(workspace, 'config'), {recursive: true});
  mkdirSync(join(workspace, 'data'));
  const questions = Array.from({length: 200}, (_, i) => question(`q${i}`, {context: `Two of group ${i} met.`}));
  writeFileSync(join(workspace, 'data/q.jsonl'), `${questions.join('\n')}\n`);
  writeFileSync(
    join(workspace, 'config/grid.yaml'),
    `
experiment_metadata: {experiment_name: kill_as-human, benchmark_subcategory: generated, schema_version: '2025-12-10', questions_file: data/q.jsonl}
conversation_config: {routing_strategy: vanilla, max_rounds: 3}
retry_config: {max_retries: 5, answer_match_threshold: 0.75, retry_on_validation_error: true, retry_on_generation_error: true}
identity_reveal_config: {reveal_persona: true, reveal_demographics: true, reveal_presence_mode: true}
model_definitions:
  llm_0:
${model}
agent_definitions:
  - {agent_id: spkr_000, role: participant, persona: doctor, if_as_human: true, model: llm_0, temperature: 0.7, max_tokens: 256}
  - {agent_id: spkr_001, role: participant, demographics: older, if_as_human: true, model: llm_0, temperature: 0.7, max_tokens: 256}
`,
  );
  return workspace;
}

/** Starts the command and kills it with -9 once `count` more questions are recorded. */
async function runAndKill(workspace: string, args: readonly string[], count: number): Promise<void> {
  const before = countRecorded(workspace);
  const child = execa(process.execPath, [MAC, ...args], {cwd: workspace, reject: false});
  const timer = setInterval(() => {
    if (countRecorded(workspace) >= before + count) child.kill('SIGKILL');
  }, 3);
  const {signal} = await child;
  clearInterval(timer);
  expect(signal, 'the command was killed while it worked').toBe('SIGKILL');
}

/** Every question is null or has exactly one transcript and one index line, and nothing is half-written. */
function expectConsistent(workspace: string): void {
  const {transcripts, indexLines} = recordsOf(workspace);
  expect(transcripts.every(({conversation_rounds: rounds}) => rounds.length === 3)).toBe(true);
  expect(new Set(indexLines.map(line => line.question_id)).size).toBe(indexLines.length);
}

function taskRecord(workspace: string): {questions: object; carried_over: number} {
  const folder = join(workspace, 'bookkeeping/task_record');
  return JSON.parse(readFileSync(join(folder, readdirSync(folder)[0]!, '0.json'), 'utf8'));
}

describe('a run that is killed', () => {
  test('five times with -9 is completed by resume: nothing lost, nothing twice', async () => {
    const workspace = makeWorkspace(
      '    {backend: simulated, max_num_seqs: 4, simulated_config: {latency_median_ms: 60, malformed_rate: 0.05}}',
    );
    await runAndKill(workspace, ['run', 'config/grid.yaml'], 5);
    let done = 0;
    for (const count of [20, 3, 40, 10]) {
      await runAndKill(workspace, ['resume', 'latest'], count);
      expectConsistent(workspace);
      // What earlier attempts did is in the record from the beginning.
      const {questions, carried_over: carriedOver} = taskRecord(workspace);
      expect(questions).toEqual({total: 200, succeeded: carriedOver});
      expect(carriedOver).toBeGreaterThan(done);
      done = carriedOver;
    }
    const {exitCode, stderr} = await runMac(['resume', 'latest'], {cwd: workspace});
    expect(exitCode, stderr).toBe(0);
    const {transcripts, indexLines, manifests, summaries, archives} = recordsOf(workspace);
    expect(transcripts.length).toBe(200);
    expect(indexLines.length).toBe(200);
    expect(new Set(indexLines.map(line => line.question_id)).size).toBe(200);
    expect(new Set(indexLines.map(line => line.transcript_path)).size).toBe(200);
    expect(manifests).toEqual([]);
    expect(archives.length).toBe(1);
    const last = summaries.filter(({end_time: end}) => end).at(-1);
    expect(last.processing_statistics).toMatchObject({questions_total: 200, questions_succeeded: 200, success_rate: 1});
    expect(
      transcripts.every(({conversation_rounds: rounds}) =>
        rounds[0].messages[0].message_metadata.call.served_model.startsWith('simulated/'),
      ),
    ).toBe(true);
  });

  test('over HTTP ends the same way, and a second executor is refused meanwhile', async () => {
    const server = execa(
      process.execPath,
      [
        MAC,
        'serve-simulated',
        '--port',
        '0',
        '--model',
        'm',
        '--slots',
        '32',
        '--latency-ms',
        '100',
        '--failure-rate',
        '0.01',
      ],
      {
        reject: false,
      },
    );
    try {
      const url = await new Promise<string>(resolve => {
        server.stdout.on('data', (text: Buffer) => resolve(/listening on (\S+)/.exec(String(text))![1]!));
      });
      const workspace = makeWorkspace(
        `    {backend: vllm, model_path: m, max_num_seqs: 32, api_config: {base_url: "${url}"}}`,
      );
      const first = execa(process.execPath, [MAC, 'run', 'config/grid.yaml'], {cwd: workspace, reject: false});
      while (countRecorded(workspace) < 5) await new Promise(resolve => setTimeout(resolve, 5));
      // So that it has work left, however long the second takes to look; stopped is not ended.
      first.kill('SIGSTOP');
      const second = await runMac(['resume', 'latest'], {cwd: workspace});
      expect(second.exitCode).toBe(1);
      expect(second.stdout + second.stderr).toContain(`process ${first.pid}`);
      first.kill('SIGKILL');
      expect((await first).signal).toBe('SIGKILL');
      const {exitCode, stderr} = await runMac(['resume', 'latest'], {cwd: workspace});
      expect(exitCode, stderr).toBe(0);
      const {transcripts, indexLines} = recordsOf(workspace);
      expect(transcripts.length).toBe(200);
      expect(new Set(indexLines.map(line => line.transcript_path)).size).toBe(200);
      expect(indexLines.length).toBe(200);
    } finally {
      server.kill('SIGTERM');
      await server;
    }
  });

  test('by a damaged task manifest, grid manifest, journal and index line still resumes', async () => {
    const workspace = makeWorkspace(
      '    {backend: simulated, max_num_seqs: 8, simulated_config: {latency_median_ms: 40}}',
    );
    await runAndKill(workspace, ['run', 'config/grid.yaml'], 60);
    const done = recordsOf(workspace).indexLines.length;
    const tasks = join(workspace, 'experiment/generated/kill_as-human/task_manifest');
    for (const name of readdirSync(tasks).filter(each => !each.endsWith('.fence'))) {
      const path = join(tasks, name);
      const text = readFileSync(path, 'utf8');
      if (name.endsWith('.json')) writeFileSync(path, text.slice(0, 100));
      else writeFileSync(path, `${text}{"question_id": "torn`);
    }
    const grids = join(workspace, 'bookkeeping/grid_manifest');
    for (const name of readdirSync(grids).filter(each => each.endsWith('.json')))
      writeFileSync(join(grids, name), '{"tasks": [');
    const index = join(workspace, 'bookkeeping/kill_as-human_index.jsonl');
    writeFileSync(index, `${readFileSync(index, 'utf8')}{"question_id": "q`);
    const {exitCode, stderr} = await runMac(['resume', 'latest'], {cwd: workspace});
    expect(exitCode, stderr).toBe(0);
    const lines = readFileSync(index, 'utf8')
      .split('\n')
      .filter(line => line.endsWith('}'))
      .map(line => JSON.parse(line));
    expect(new Set(lines.map(line => line.question_id)).size).toBe(200);
    // What the first attempt recorded was not asked again.
    expect(lines.filter(line => line.attempt === 1).length).toBeGreaterThanOrEqual(done);
  });
});
