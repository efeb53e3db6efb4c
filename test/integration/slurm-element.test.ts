import {randomUUID} from 'node:crypto';
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {execa} from 'execa';
import {describe, expect, test} from 'vitest';

import {MAC, runMac} from '../support/mac.ts';
import {processesWith, sendSignal, untilNoneWith} from '../support/processes.ts';
import {countRecorded, recordsOf} from '../support/records.ts';
import {linesOf, simulatedServerCommand, submitByHand, type SubmittedGrid} from '../support/submitted-grid.ts';
import {makeWorkspace} from '../support/workspace.ts';

interface Prepared {
  readonly grid: SubmittedGrid;
  readonly workspace: string;
  /** A name that only the servers of this test have in their command lines. */
  readonly model: string;
}

/** A grid of one model, whose server command stands in `command`; `$FIRST` is true in its first start. */
async function prepare(options: {
  command: string;
  questions?: number;
  profile?: Readonly<Record<string, unknown>>;
  extra?: string;
  packs?: readonly (readonly number[])[];
}): Promise<Prepared> {
  const {command, questions = 20, profile = {}, extra = '', packs} = options;
  const model = `org/m-${randomUUID()}`;
  const workspace = makeWorkspace({
    questions,
    model: `{backend: vllm, model_path: ${model}, max_num_seqs: 4}`,
    extra,
  });
  const marker = join(workspace, 'started-once');
  const server_command = `FIRST=false; [ -e ${marker} ] || FIRST=true; touch ${marker}; ${command}`;
  const grid = await submitByHand({workspace, profile: {server_command, ...profile}, ...(packs ? {packs} : {})});
  return {grid, workspace, model};
}

async function run({grid, model}: Prepared, env: Record<string, string> = {}) {
  const result = await grid.runElement(0, {env});
  await untilNoneWith(model);
  return {...result, attempt: (await grid.attempt('7', 0))!};
}

/** Waits for work; fails when the executor ends before there is any. */
async function untilRecorded(
  workspace: string,
  count: number,
  executor: PromiseLike<{stderr: unknown}>,
): Promise<void> {
  let early: {stderr: unknown} | undefined;
  void executor.then(result => (early = result));
  while (countRecorded(workspace) < count) {
    if (early) throw new Error(`the executor ended early: ${String(early.stderr)}`);
    await new Promise(resolve => setTimeout(resolve, 20));
  }
}

const GOOD = simulatedServerCommand();

describe('an element of an array', () => {
  test('starts its server, runs its task against it and leaves nothing running', async () => {
    const prepared = await prepare({command: GOOD});
    const {exitCode, stderr, attempt} = await run(prepared);
    expect(exitCode, stderr).toBe(0);
    expect(attempt).toMatchObject({cause: 'done', exit_code: 0, gpus: '0', questions: {done: 20, total: 20}});
    expect(attempt.servers).toMatchObject([{model: prepared.model, restarts: 0}]);
    expect(attempt.servers[0]!.ready_seconds).toBeGreaterThan(0);
    expect(linesOf(attempt.servers[0]!.log).at(-1)).toContain('listening on');
    expect(recordsOf(prepared.workspace).archives.length).toBe(1);
    // Slurm may start a job again that had ended.
    const again = await run(prepared);
    expect(again).toMatchObject({exitCode: 0, attempt: {cause: 'done', servers: []}});
  });

  test('runs its server in the container of the profile, and ends it with all that is in it', async () => {
    const container = {image: '/images/vllm.sif', binds: ['/data:/d']};
    const prepared = await prepare({command: GOOD, profile: {container}});
    // Like the real one it stays beside what it starts.
    const apptainer = join(prepared.workspace, 'apptainer');
    const words = `printf '%s|' "\${@:1:6}" > ${prepared.workspace}/words`;
    const inside = 'until [ "$1" = /images/vllm.sif ]; do shift; done; shift; "$@" & wait';
    writeFileSync(apptainer, `#!/bin/bash\n${words}\n${inside}\n`, {mode: 0o755});
    const {exitCode, stderr, attempt} = await run(prepared, {
      PATH: `${prepared.workspace}:${process.env['PATH']}`,
    });
    expect(exitCode, stderr).toBe(0);
    expect(attempt).toMatchObject({cause: 'done', questions: {done: 20, total: 20}});
    expect(readFileSync(join(prepared.workspace, 'words'), 'utf8')).toBe(
      'exec|--nv|--bind|/data:/d|/images/vllm.sif|bash|',
    );
  });

  test('whose server dies half-way goes on with the restarted one; no question is lost or failed', async () => {
    const prepared = await prepare({command: simulatedServerCommand('$($FIRST && echo --die-after 15)')});
    const {exitCode, stderr, attempt} = await run(prepared);
    expect(exitCode, stderr).toBe(0);
    expect(attempt.servers[0]!.restarts, stderr).toBe(1);
    const {indexLines} = recordsOf(prepared.workspace);
    expect(indexLines.map(({status}) => status)).toEqual(new Array(20).fill('succeeded'));
  });

  test('whose server hangs with a healthy face restarts it', async () => {
    const prepared = await prepare({
      command: simulatedServerCommand('$($FIRST && echo --hang-after 15)'),
      profile: {server_hang_seconds: 6},
    });
    const {exitCode, stderr, attempt} = await run(prepared);
    expect(exitCode, stderr).toBe(0);
    expect(stderr).toMatch(/hangs: it has requests and has made no progress for \d+ s; restart 1 of 2/);
    expect(attempt.servers[0]!.restarts, stderr).toBe(1);
    expect(recordsOf(prepared.workspace).indexLines.length).toBe(20);
  });

  test('whose server dies again and again gives it up, leaves the rest null, and says why', async () => {
    const prepared = await prepare({command: simulatedServerCommand('--die-after 9'), profile: {server_restarts: 1}});
    const {exitCode, attempt} = await run(prepared);
    expect(exitCode).toBe(1);
    expect(attempt).toMatchObject({cause: 'server-failed', exit_code: 1});
    expect(attempt.detail).toMatch(
      /^killed by SIGKILL; perhaps out of memory: .*was killed by SIGKILL after 1 restarts; the end of .*\.log:\n +listening/,
    );
    const {indexLines, gridManifests} = recordsOf(prepared.workspace);
    expect(indexLines.length).toBeLessThan(20);
    expect(indexLines.every(({status}) => status === 'succeeded')).toBe(true);
    expect(gridManifests[0].tasks[0]).toMatchObject({status: 'started', reason: expect.stringContaining('SIGKILL')});
    expect(attempt.questions).toEqual({done: indexLines.length, total: 20});
  });

  test('whose server is never ready tells the last lines of its log', async () => {
    const prepared = await prepare({
      command: `echo Loading weights; ${simulatedServerCommand('--startup-seconds 600')}`,
      profile: {server_ready_timeout_seconds: 4},
    });
    const {exitCode, stderr, attempt} = await run(prepared);
    expect(exitCode).toBe(1);
    expect(attempt).toMatchObject({cause: 'server-failed', questions: {done: 0, total: 20}});
    expect(attempt.detail).toMatch(/was not ready within 4 s; the end of .*:\n +Loading weights/);
    expect(stderr).toContain('Loading weights');
    expect(recordsOf(prepared.workspace).indexLines).toEqual([]);
  });

  test('whose server ends at once is not tried again and again', async () => {
    const prepared = await prepare({command: 'echo "ValueError: no such model" >&2; exit 3'});
    const {exitCode, attempt} = await run(prepared);
    expect(exitCode).toBe(1);
    expect(attempt.cause).toBe('server-failed');
    expect(attempt.detail).toMatch(/ended with exit code 3 before it was ready; .*\n +ValueError: no such model/);
  });

  test('whose server runs out of memory says so', async () => {
    const prepared = await prepare({command: 'echo "torch.OutOfMemoryError: CUDA out of memory" >&2; exit 1'});
    const {attempt} = await run(prepared);
    expect(attempt.cause).toBe('out-of-gpu-memory');
    expect(attempt.detail).toMatch(/^lower gpu_memory_utilization or max_model_len, or take more GPUs: /);
    const small = await prepare({command: 'echo "MemoryError: Cannot allocate memory" >&2; exit 1'});
    expect((await run(small)).attempt.cause).toBe('out-of-memory');
  });

  test('whose server serves another model refuses it', async () => {
    const prepared = await prepare({
      command: `exec ${process.execPath} ${MAC} serve-simulated --port {port} --model other`,
    });
    const {attempt} = await run(prepared);
    expect(attempt.cause).toBe('server-failed');
    expect(attempt.detail).toMatch(new RegExp(`serves other, and not ${prepared.model}`));
  });

  test('whose port another process takes does not talk to that one, and takes another port', async () => {
    // Nothing ties the first server to the job: neither its session, nor its parents, nor its environment.
    const stranger = randomUUID();
    const prepared = await prepare({
      command: `if $FIRST; then
  env -u MAC_PROCESS_TREE STRANGER=${stranger} setsid -f ${process.execPath} ${MAC} serve-simulated --port {port} --model {served_name} --model ${stranger}
  exec sleep 600
else ${GOOD}; fi`,
    });
    try {
      const {exitCode, stderr} = await prepared.grid.runElement(0);
      expect(exitCode, stderr).toBe(0);
      expect(stderr).toMatch(/lost port \d+ to another process; starting it again/);
      // It is not ours to end.
      expect(processesWith(stranger).length).toBe(1);
    } finally {
      for (const {pid} of processesWith(stranger)) sendSignal(pid, 'SIGKILL');
    }
  });

  test('two models get two servers, side by side', async () => {
    const {workspace, model} = await prepare({command: 'false'});
    const config = join(workspace, 'config/c.yaml');
    const text = readFileSync(config, 'utf8');
    writeFileSync(
      config,
      text
        .replace(
          '\nagent_definitions',
          `\n  n: {backend: vllm, model_path: ${model}-2, max_num_seqs: 4}\nagent_definitions`,
        )
        .replace('if_as_human: false, model: m', 'if_as_human: false, model: n'),
    );
    const grid = await submitByHand({workspace, profile: {server_command: `echo GPU $CUDA_VISIBLE_DEVICES; ${GOOD}`}});
    const {exitCode, stderr, attempt} = await run({grid, workspace, model}, {CUDA_VISIBLE_DEVICES: 'GPU-aa,GPU-bb'});
    expect(exitCode, stderr).toBe(0);
    expect(attempt.servers.map(({model: name}) => name)).toEqual([model, `${model}-2`]);
    const told = attempt.servers.map(({log}) => linesOf(log).find(line => line.startsWith('GPU')));
    expect(told).toEqual(['GPU GPU-aa', 'GPU GPU-bb']);
    const tooFew = await grid.runElement(0, {jobId: '8', env: {CUDA_VISIBLE_DEVICES: '3'}});
    expect(tooFew.exitCode).toBe(0); // its task is done: nothing is started
  });

  test('that packs several tasks loads its model once', async () => {
    const prepared = await prepare({
      command: GOOD,
      extra: '_grid: {sweep: {conversation_config.max_rounds: [1, 2, 3]}}',
      packs: [[0, 1, 2]],
    });
    const {exitCode, stderr, attempt} = await run(prepared);
    expect(exitCode, stderr).toBe(0);
    expect(attempt.questions).toEqual({done: 60, total: 60});
    expect(linesOf(attempt.servers[0]!.log).filter(line => line.includes('listening')).length).toBe(1);
  });

  test('killed with -9 leaves nothing of its servers, also not what left their group', async () => {
    const prepared = await prepare({
      command: `trap '' TERM; setsid -f bash -c 'exec -a "$0" sleep 5000' {served_name}; (exec -a {served_name} sleep 6000) & ${GOOD.replace('exec ', '')} --latency-ms 300`,
    });
    const {grid, workspace, model} = prepared;
    const executor = execa(process.execPath, [MAC, ...grid.args(0)], {
      env: {SLURM_ARRAY_JOB_ID: '7', SLURM_ARRAY_TASK_ID: '0', CUDA_VISIBLE_DEVICES: '0'},
      reject: false,
    });
    await untilRecorded(workspace, 2, executor);
    expect(processesWith(model).length).toBeGreaterThanOrEqual(3);
    executor.kill('SIGKILL');
    await executor;
    await untilNoneWith(model);
    const resumed = await grid.runElement(0, {jobId: '8'});
    expect(resumed.exitCode, resumed.stderr).toBe(0);
    const {indexLines} = recordsOf(workspace);
    expect(new Set(indexLines.map(({question_id: id}) => id)).size).toBe(20);
    expect(indexLines.length).toBe(20);
    await untilNoneWith(model);
  });

  test('whose task another living executor has refuses cleanly, without starting a server', async () => {
    const prepared = await prepare({command: GOOD + ' --latency-ms 2000'});
    const {grid, workspace, model} = prepared;
    const executor = execa(process.execPath, [MAC, ...grid.args(0)], {
      env: {SLURM_ARRAY_JOB_ID: '7', SLURM_ARRAY_TASK_ID: '0', CUDA_VISIBLE_DEVICES: '0'},
      reject: false,
    });
    await untilRecorded(workspace, 1, executor);
    const second = await grid.runElement(0, {jobId: '8'});
    expect(second.exitCode).toBe(1);
    const attempt = (await grid.attempt('8', 0))!;
    expect(attempt).toMatchObject({cause: 'lease-held', servers: []});
    expect(attempt.detail).toContain(`process ${executor.pid}`);
    executor.kill('SIGTERM');
    await executor;
    expect((await grid.attempt('7', 0))!).toMatchObject({signal: 'TERM', exit_code: 1});
    await untilNoneWith(model);
  });

  test('outside a job says what to do instead', async () => {
    const {grid, workspace} = await prepare({command: GOOD});
    const {exitCode, stderr} = await runMac(grid.args(0), {cwd: workspace});
    expect(exitCode).toBe(2);
    expect(stderr).toContain(`mac resume ${grid.gridId} --local`);
  });
});
