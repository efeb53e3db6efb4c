import {spawn} from 'node:child_process';
import {existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {execa} from 'execa';

import {startCluster, type Cluster} from '../test/support/cluster.ts';
import {startGatedServer} from '../test/support/gated-server.ts';
import {MAC} from '../test/support/mac.ts';
import {simulatedServerCommand, submitByHand} from '../test/support/submitted-grid.ts';
import {question, SECTIONS} from '../test/support/workspace.ts';
import {median, report} from './report.ts';

const TASKS = 200;
/** Jobs that the cluster runs at once. */
const SLOTS = 4;
const QUESTIONS = 12;
const REQUESTS = 2 * QUESTIONS;
const LATENCY_MS = 500;
/** Requests that a server answers at once. */
const SEQUENCES = 8;
const LOAD_SECONDS = 2;
const TASK_SECONDS = (REQUESTS * LATENCY_MS) / SEQUENCES / 1000;
/** With every model loaded beforehand and no task waiting for another. */
const IDEAL_SECONDS = (TASKS * TASK_SECONDS) / SLOTS;
const MOST_OVER_IDEAL = 1.25;
const STARTS = 5;

/**
 * 200 short tasks on a real Slurm of our own, one task a job and packed: makespan against work ÷ slots, model loads;
 * and how long an executor takes from its start to its first request. Slurm, executors and servers share this machine's
 * processors: two of them are busy with starting processes for most of the unpacked run. Needs root on Debian.
 */
export async function run(): Promise<void> {
  await measureStart();
  const cluster = await startCluster({nodes: 2, gpus: SLOTS / 2});
  try {
    const packed = await measureGrid(cluster, TASKS / SLOTS);
    report(`${TASKS} tasks of ${TASK_SECONDS} s on ${SLOTS} slots, ${TASKS / SLOTS} a job`, packed.seconds, 's', {
      value: MOST_OVER_IDEAL * IDEAL_SECONDS,
      name: `${MOST_OVER_IDEAL} × the ideal ${IDEAL_SECONDS} s`,
    });
    report('model loads, packed', packed.loads, 'loads', {value: SLOTS, name: 'one a job'});
    const alone = await measureGrid(cluster, 1);
    report('the same, one task a job', alone.seconds, 's', {value: packed.seconds, name: 'packed', atLeast: true});
    report('model loads, one task a job', alone.loads, 'loads', {value: TASKS, name: 'one a job'});
  } finally {
    await cluster.stop();
  }
}

async function measureGrid(cluster: Cluster, tasksPerJob: number): Promise<{seconds: number; loads: number}> {
  const server = simulatedServerCommand(
    `--slots ${SEQUENCES} --latency-ms ${LATENCY_MS} --sigma 0.01 --startup-seconds ${LOAD_SECONDS}`,
  );
  const workspace = makeGrid({
    tasks: TASKS,
    questions: QUESTIONS,
    model: `{backend: vllm, model_path: org/m, max_num_seqs: ${SEQUENCES}}`,
  });
  try {
    const profile = {partition: 'gpu', mem: '2G', time: '1:00:00', server_command: server};
    writeFileSync(join(workspace, 'profile.yaml'), JSON.stringify(profile));
    const args = ['submit', 'config/c.yaml', '--profile', 'profile.yaml', '--tasks-per-job', String(tasksPerJob)];
    const startMs = performance.now();
    await execa(process.execPath, [MAC, ...args], {cwd: workspace, env: cluster.env});
    const archive = join(workspace, 'bookkeeping/grid_archive');
    await cluster.waitFor(
      'the grid to be done',
      () => Promise.resolve(existsSync(archive) && readdirSync(archive).some(name => name.endsWith('.json'))),
      3_600,
    );
    const seconds = (performance.now() - startMs) / 1000;
    return {seconds, loads: countLoads(workspace)};
  } finally {
    await cluster.cancelAll();
    rmSync(workspace, {recursive: true, force: true});
  }
}

/** Every start of a server writes this line to its log. */
function countLoads(workspace: string): number {
  const root = join(workspace, 'bookkeeping/slurm');
  return readdirSync(root, {recursive: true, encoding: 'utf8'})
    .filter(name => /\.server-.*\.log$/.test(name))
    .reduce((sum, name) => sum + readFileSync(join(root, name), 'utf8').split('listening on').length - 1, 0);
}

/** From the start of the executor's process to its first request, of a server that is ready. */
async function measureStart(): Promise<void> {
  for (const tasks of [1, 10_000]) {
    const starts: Start[] = [];
    for (let i = 0; i < STARTS; i++) starts.push(await startOnce(tasks));
    const limit = {value: 1_000, name: 'the limit'};
    const what = `an executor's start to its first request, grid of ${tasks} tasks`;
    report(what, median(starts.map(({ms}) => ms)), 'ms', limit);
    report('  processor time of it', median(starts.map(({cpuMs}) => cpuMs)), 'ms', limit);
  }
}

interface Start {
  readonly ms: number;
  /** About the time that an idle machine would take. */
  readonly cpuMs: number;
}

async function startOnce(tasks: number): Promise<Start> {
  const server = await startGatedServer();
  const model = `{backend: openai, model_name: gated, api_config: {base_url: "${server.url}"}}`;
  const workspace = makeGrid({tasks, questions: 4, model});
  try {
    const grid = await submitByHand({workspace});
    const env = {...process.env, OPENAI_API_KEY: 'x', SLURM_ARRAY_JOB_ID: '7', SLURM_ARRAY_TASK_ID: '0'};
    const startMs = performance.now();
    const executor = spawn(process.execPath, [MAC, ...grid.args(0)], {env, stdio: 'ignore'});
    const ended = new Promise<void>((resolve, reject) => {
      executor.once('exit', code => (code === 0 ? resolve() : reject(new Error(`it ended with ${code}`))));
    });
    while (server.waiting() === 0 && executor.exitCode === null) await new Promise(resolve => setTimeout(resolve, 1));
    const ms = performance.now() - startMs;
    const cpuMs = cpuMsOf(executor.pid!);
    server.open();
    await ended;
    return {ms, cpuMs};
  } finally {
    await server.close();
    rmSync(workspace, {recursive: true, force: true});
  }
}

/** So far, of all threads: fields 14 and 15 of /proc/PID/stat, in hundredths of a second. */
function cpuMsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const [user, system] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13);
  return 10 * (Number(user) + Number(system));
}

function makeGrid({tasks, questions, model}: {tasks: number; questions: number; model: string}): string {
  const workspace = mkdtempSync(join(tmpdir(), 'mac-bench-'));
  mkdirSync(join(workspace, 'config'));
  const lines = Array.from({length: questions}, (_, i) => question(`q${i}`));
  writeFileSync(join(workspace, 'q.jsonl'), `${lines.join('\n')}\n`);
  const side = tasks === TASKS ? TASKS : Math.sqrt(tasks);
  const values = (name: string, count: number): string =>
    JSON.stringify(Array.from({length: count}, (_, i) => `${name}${i}`));
  writeFileSync(
    join(workspace, 'config/c.yaml'),
    `_grid:
  sweep:
    agent_definitions.0.persona: ${values('p', side)}
    agent_definitions.0.demographics: ${values('d', tasks / side)}
  derive:
    experiment_metadata.experiment_name: 'e_{agent_definitions.0.persona}_{agent_definitions.0.demographics}_as-human'
experiment_metadata: {experiment_name: _, benchmark_subcategory: b, schema_version: '2025-12-10', questions_file: q.jsonl}
conversation_config: {routing_strategy: vanilla, max_rounds: 1}
retry_config: ${SECTIONS.retry}
identity_reveal_config: ${SECTIONS.reveal}
model_definitions:
  m: ${model}
agent_definitions:
  - {agent_id: a, role: participant, persona: _, demographics: _, if_as_human: true, model: m, temperature: 0, max_tokens: 100}
  - {agent_id: b, role: participant, if_as_human: false, model: m, temperature: 0, max_tokens: 100}
`,
  );
  return workspace;
}
