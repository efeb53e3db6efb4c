import {readFileSync, readdirSync, writeFileSync} from 'node:fs';
import {createServer, type Server} from 'node:http';
import type {AddressInfo} from 'node:net';
import {join} from 'node:path';
import {execa} from 'execa';
import {afterEach, describe, expect, test} from 'vitest';

import {MAC, runMac} from '../support/mac.ts';
import {countRecorded, recordsOf} from '../support/records.ts';
import {makeWorkspace} from '../support/workspace.ts';

/** The server's answer to one request; `silence` never answers. */
type Answer = {readonly text: string} | {readonly status: number; readonly error: object} | 'silence';

let server: Server | undefined;
let bodies: any[] = [];
let answer: (body: any, question: string) => Answer = () => GOOD;

const GOOD: Answer = {text: '{"answer": "The first one", "rationale": "r"}'};
const NONSENSE: Answer = {text: 'I cannot say.'};
const FILTERED: Answer = {
  status: 400,
  error: {
    code: 'content_filter',
    message: "The response was filtered due to the prompt triggering Azure OpenAI's content management policy.",
  },
};

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** A workspace of four questions and two agents, whose model is the server that `answer` plays. */
async function begin(extra: {readonly conversation?: string; readonly retry?: string} = {}): Promise<string> {
  bodies = [];
  server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      if (request.method === 'GET') return void response.end(JSON.stringify({data: [{id: 'm'}]}));
      const body = JSON.parse(text);
      bodies.push(body);
      const said = answer(body, questionOf(body));
      if (said === 'silence') return;
      response.statusCode = 'status' in said ? said.status : 200;
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify('error' in said ? {error: said.error} : completion(said.text)));
    });
  });
  await new Promise<void>(resolve => server?.listen(0, '127.0.0.1', resolve));
  return workspaceFor(extra);
}

function workspaceFor({conversation = '', retry = ''}: {conversation?: string; retry?: string}): string {
  const {port} = server?.address() as AddressInfo;
  const workspace = makeWorkspace({
    model: `{backend: vllm, model_path: m, max_num_seqs: 2, api_config: {base_url: "http://127.0.0.1:${port}/v1", max_retries: 0}}`,
  });
  const path = join(workspace, 'config/c.yaml');
  const config = readFileSync(path, 'utf8')
    .replace('max_rounds: 1', `max_rounds: 1${conversation}`)
    .replace('retry_on_generation_error: true', `retry_on_generation_error: true${retry}`);
  writeFileSync(path, config);
  return workspace;
}

function completion(text: string): object {
  const usage = {prompt_tokens: 1, completion_tokens: 1};
  return {model: 'm', choices: [{message: {content: text}, finish_reason: 'stop'}], usage};
}

function questionOf(body: any): string {
  return /Which one, (q\d)\?/.exec(body.messages.at(-1).content)?.[1] ?? '';
}

const mac = (cwd: string, ...args: string[]) => runMac(args, {cwd});
const outcomesOf = (cwd: string): object =>
  Object.fromEntries(
    recordsOf(cwd).transcripts.map(each => [each.experiment_metadata.question_id, each.conversation_summary.outcome]),
  );
const asked = (): string[] => [...new Set(bodies.map(questionOf))].sort();

describe('a question with a final outcome', () => {
  test('is done: the grid is complete and archived with it, and says so', async () => {
    const cwd = await begin();
    answer = (_body, question) => (question === 'q1' ? FILTERED : GOOD);
    const {exitCode, stdout, stderr} = await mac(cwd, 'run', 'config/c.yaml');
    expect(exitCode, `${stdout}\n${stderr}`).toBe(0);
    expect(outcomesOf(cwd)).toEqual({q0: 'succeeded', q1: 'filtered', q2: 'succeeded', q3: 'succeeded'});
    const {archives, indexLines, manifests, summaries} = recordsOf(cwd);
    expect(archives[0].manifest.tasks[0]).toMatchObject({
      status: 'succeeded',
      questions: {total: 4, succeeded: 3, done: 4, outcomes: {filtered: 1}},
    });
    expect(indexLines.find(line => line.question_id === 'q1')).toMatchObject({status: 'failed', outcome: 'filtered'});
    expect(summaries[0].processing_statistics).toMatchObject({
      questions_succeeded: 3,
      questions_by_outcome: {filtered: 1},
    });
    // It tells which question it was, should it be asked after all.
    expect(manifests.filter(path => path.endsWith('.json'))).toHaveLength(1);
    expect((await mac(cwd, 'status')).stdout).toContain('4 of 4 done (1 filtered)');
    expect((await mac(cwd, 'ls')).stdout).toContain('1 filtered');
    bodies = [];
    expect((await mac(cwd, 'resume')).exitCode).toBe(0);
    expect(bodies).toEqual([]);
  });

  test('is not asked again by resume; one that is to be asked again is, and with other bytes', async () => {
    const cwd = await begin({conversation: ', seed: 5'});
    answer = (_body, question) => (question === 'q1' ? FILTERED : question === 'q2' ? NONSENSE : GOOD);
    const first = await mac(cwd, 'run', 'config/c.yaml');
    expect(first.exitCode, first.stderr).toBe(1);
    expect(outcomesOf(cwd)).toMatchObject({q1: 'filtered', q2: 'unusable'});
    const [manifest] = recordsOf(cwd).manifests.filter(path => path.endsWith('.json'));
    expect(JSON.parse(readFileSync(manifest!, 'utf8')).questions).toMatchObject({
      q0: {status: 'succeeded'},
      q1: {status: 'filtered', outcome: 'filtered', tries: 1},
      q2: {status: null, outcome: 'unusable', tries: 1},
    });
    const dryRun = await mac(cwd, 'resume', '--dry-run');
    expect(dryRun.stdout).toContain('null questions: 1');
    expect(dryRun.stdout).toContain('q2');
    const before = new Set(bodies.map(body => body.seed));
    bodies = [];
    expect((await mac(cwd, 'resume')).exitCode).toBe(1);
    expect(asked()).toEqual(['q2']);
    expect(bodies.every(body => !before.has(body.seed))).toBe(true);
    bodies = [];
    answer = () => GOOD;
    expect((await mac(cwd, 'resume')).exitCode).toBe(0);
    expect(asked()).toEqual(['q2']);
    expect(
      recordsOf(cwd).transcripts.find(each => each.experiment_metadata.question_id === 'q2').provenance,
    ).toMatchObject({
      earlier_tries: 2,
    });
    expect(recordsOf(cwd).archives).toHaveLength(1);
  });

  test('is asked again once the snapshot lists its outcome, and others are not any more', async () => {
    const cwd = await begin();
    answer = (_body, question) => (question === 'q1' ? FILTERED : question === 'q2' ? NONSENSE : GOOD);
    await mac(cwd, 'run', 'config/c.yaml');
    const folder = join(cwd, 'bookkeeping/_grid_config_snapshot');
    const snapshot = join(folder, readdirSync(folder)[0]!);
    const edited = readFileSync(snapshot, 'utf8').replace(
      'retry_on_generation_error: true',
      'retry_on_generation_error: true, retry_outcomes: [filtered]',
    );
    writeFileSync(snapshot, edited);
    bodies = [];
    answer = () => GOOD;
    const {exitCode, stderr} = await mac(cwd, 'resume');
    expect(exitCode, stderr).toBe(0);
    expect(asked()).toEqual(['q1']);
    expect(outcomesOf(cwd)).toMatchObject({q1: 'succeeded', q2: 'unusable'});
  });

  test('makes a finished task an unfinished one when the snapshot comes to list its outcome', async () => {
    const cwd = await begin();
    const path = join(cwd, 'config/c.yaml');
    writeFileSync(
      path,
      `_grid: {sweep: {agent_definitions.0.persona: [doctor, nurse]}}\n${readFileSync(path, 'utf8')}`,
    );
    const isOfNurse = (body: any): boolean => JSON.stringify(body).includes('nurse');
    answer = (body, question) =>
      question === 'q1' ? FILTERED : question === 'q2' && isOfNurse(body) ? NONSENSE : GOOD;
    await mac(cwd, 'run', 'config/c.yaml');
    const folder = join(cwd, 'bookkeeping/_grid_config_snapshot');
    const snapshot = join(folder, readdirSync(folder)[0]!);
    writeFileSync(
      snapshot,
      readFileSync(snapshot, 'utf8').replace(
        'retry_on_generation_error: true',
        'retry_on_generation_error: true, retry_outcomes: [filtered, unusable]',
      ),
    );
    bodies = [];
    answer = () => GOOD;
    const {exitCode, stderr} = await mac(cwd, 'resume');
    expect(exitCode, stderr).toBe(0);
    expect(bodies.filter(body => questionOf(body) === 'q1')).toHaveLength(4);
    const {archives, manifests} = recordsOf(cwd);
    expect(archives[0].manifest.tasks.map((task: any) => task.questions)).toEqual([
      {total: 4, succeeded: 4},
      {total: 4, succeeded: 4},
    ]);
    expect(manifests).toEqual([]);
  });

  test('of a finished grid is asked again by mac repair once the config of its task lists it', async () => {
    const cwd = await begin();
    answer = (_body, question) => (question === 'q1' ? FILTERED : GOOD);
    await mac(cwd, 'run', 'config/c.yaml');
    const grid = recordsOf(cwd).archives[0].manifest.grid_config_snapshot_path.split('/').at(-1);
    expect((await mac(cwd, 'repair', grid)).stdout).toContain('nothing to repair');
    const folder = join(cwd, 'bookkeeping/config_snapshot/b');
    const path = join(folder, readdirSync(folder)[0]!);
    const line = /^( *)retry_on_generation_error: true$/m;
    writeFileSync(path, readFileSync(path, 'utf8').replace(line, '$&\n$1retry_outcomes: [filtered]'));
    bodies = [];
    answer = () => GOOD;
    const {exitCode, stderr} = await mac(cwd, 'repair', grid);
    expect(exitCode, stderr).toBe(0);
    expect(asked()).toEqual(['q1']);
    expect(outcomesOf(cwd)).toMatchObject({q1: 'succeeded'});
  });

  test('does not exist under compatibility: reference', async () => {
    const cwd = await begin();
    const path = join(cwd, 'config/c.yaml');
    writeFileSync(path, `compatibility: reference\n${readFileSync(path, 'utf8')}`);
    answer = (_body, question) => (question === 'q1' ? FILTERED : GOOD);
    expect((await mac(cwd, 'run', 'config/c.yaml')).exitCode).toBe(1);
    const [manifest] = recordsOf(cwd).manifests.filter(each => each.endsWith('.json'));
    const {q1} = JSON.parse(readFileSync(manifest!, 'utf8')).questions;
    expect(q1.status).toBeNull();
    expect(q1).not.toHaveProperty('outcome');
    expect(q1).not.toHaveProperty('tries');
  });
});

test('retry_outcomes takes failed outcomes only', async () => {
  const cwd = await begin({retry: ', retry_outcomes: [succeeded]'});
  const {exitCode, stdout, stderr} = await mac(cwd, 'plan', 'config/c.yaml');
  expect(exitCode).toBe(2);
  expect(stdout + stderr).toContain('retry_config.retry_outcomes');
});

describe('the requests of --rep 3 with a seed', () => {
  const texts = (): string[] => bodies.map(body => JSON.stringify(body));

  test('are all distinct, and the same again on a second run', async () => {
    const cwd = await begin({conversation: ', seed: 5'});
    answer = () => GOOD;
    const run = await mac(cwd, 'run', 'config/c.yaml', '--rep', '3');
    expect(run.exitCode, run.stderr).toBe(0);
    const first = texts();
    expect(first).toHaveLength(24);
    expect(new Set(first).size).toBe(24);
    for (const {conversation_rounds: rounds} of recordsOf(cwd).transcripts) {
      for (const {message_metadata: meta} of rounds[0].messages) {
        expect(first.some(text => JSON.parse(text).seed === meta.call.sampling.seed)).toBe(true);
      }
    }
    bodies = [];
    await mac(workspaceFor({conversation: ', seed: 5'}), 'run', 'config/c.yaml', '--rep', '3');
    expect(texts().sort()).toEqual(first.sort());
  });

  test('and without one are sent without any', async () => {
    const cwd = await begin();
    answer = () => GOOD;
    await mac(cwd, 'run', 'config/c.yaml');
    expect(bodies.every(body => !('seed' in body))).toBe(true);
  });

  test('are the same when the run is killed and resumed', async () => {
    const cwd = await begin({conversation: ', seed: 5'});
    answer = () => GOOD;
    await mac(cwd, 'run', 'config/c.yaml');
    const whole = new Set(texts());
    const killed = workspaceFor({conversation: ', seed: 5'});
    answer = (_body, question) => (question === 'q3' ? 'silence' : GOOD);
    const child = execa(process.execPath, [MAC, 'run', 'config/c.yaml'], {cwd: killed, reject: false});
    const timer = setInterval(() => {
      if (countRecorded(killed) >= 3) child.kill('SIGKILL');
    }, 5);
    await child;
    clearInterval(timer);
    bodies = [];
    answer = () => GOOD;
    const {exitCode, stderr} = await mac(killed, 'resume');
    expect(exitCode, stderr).toBe(0);
    expect(asked()).toEqual(['q3']);
    expect(texts().every(text => whole.has(text))).toBe(true);
  });
});

test('counterbalanced choices stand in another order in each question, and the record says in which', async () => {
  const cwd = await begin({conversation: ', choice_order: counterbalanced'});
  answer = () => GOOD;
  expect((await mac(cwd, 'run', 'config/c.yaml')).exitCode).toBe(0);
  const shown = recordsOf(cwd).transcripts.map(each => [
    each.experiment_metadata.question_id,
    each.provenance.choice_order,
    each.provenance.choices.map((choice: {id: string}) => choice.id).join(''),
    Object.values(each.conversation_summary.final_answers).join(''),
  ]);
  expect(shown.sort()).toEqual([
    ['q0', 'counterbalanced', 'AB', 'AA'],
    ['q1', 'counterbalanced', 'BA', 'AA'],
    ['q2', 'counterbalanced', 'AB', 'AA'],
    ['q3', 'counterbalanced', 'BA', 'AA'],
  ]);
  for (const body of bodies) {
    const prompt: string = body.messages.at(-1).content;
    const isTurned = ['q1', 'q3'].includes(questionOf(body));
    expect(prompt.indexOf('The other one') < prompt.indexOf('The first one')).toBe(isTurned);
  }
});
