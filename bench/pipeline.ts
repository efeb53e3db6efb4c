import {spawn, type ChildProcess} from 'node:child_process';
import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join, resolve} from 'node:path';

import {seededRandom} from '../src/core/random.ts';
import {lognormal, simulateMakespan} from '../src/schedule/simulate.ts';
import {median, report} from './report.ts';

const MAC = resolve(import.meta.dirname, '../bin/mac.js');
const SLOTS = 256;
const MEDIAN_MS = 800;
const SIGMA = 0.5;
const AGENTS = 2;
const ROUNDS = 3;
const workspaces: string[] = [];
const RUNS = Number(process.env['BENCH_RUNS'] ?? 3);

/** The whole pipeline, from prompt to record, through the real command against the simulated server over HTTP. */
export async function run(): Promise<void> {
  try {
    for (const [conversations, limit] of [
      [2_000, 1.1],
      [10_000, 1.03],
    ] as const) {
      await overHttp(conversations, limit, simulated(conversations));
    }
    await clientCost();
  } finally {
    for (const workspace of workspaces) rmSync(workspace, {recursive: true});
  }
}

/** What our policy reaches in the discrete-event simulation: median makespan ÷ bound of five. */
function simulated(conversations: number): number {
  const ratio = (policy: 'hybrid' | 'most-progressed'): number =>
    median(
      Array.from({length: 5}, (_, i) => {
        const latencyMs = lognormal(seededRandom(`${conversations}/${i}`), MEDIAN_MS, SIGMA);
        const {makespanMs, boundMs} = simulateMakespan({
          conversations,
          agents: AGENTS,
          rounds: ROUNDS,
          slots: SLOTS,
          latencyMs,
          policy,
        });
        return makespanMs / boundMs;
      }),
    );
  const hybrid = ratio('hybrid');
  report(`simulation of ${conversations} conversations, hybrid: makespan ÷ bound`, hybrid, '', {
    value: ratio('most-progressed'),
    name: 'most progressed first',
  });
  return hybrid;
}

async function overHttp(conversations: number, limit: number, simulatedRatio: number): Promise<void> {
  const ratios: number[] = [];
  for (let i = 0; i < RUNS; i++) {
    const {elapsedMs, serviceMs} = await measure(conversations, {latencyMs: MEDIAN_MS, seed: i});
    ratios.push(elapsedMs / (serviceMs / SLOTS));
  }
  const name = `${conversations} conversations over HTTP, ${SLOTS} slots: makespan ÷`;
  report(`${name} bound`, median(ratios), '', {value: limit, name: 'the limit'});
  report(`${name} that of the simulation`, median(ratios) / simulatedRatio, '', {value: 1.02, name: 'the limit'});
}

/** Long enough for start-up and the compiling of hot functions to be a small part. */
async function clientCost(): Promise<void> {
  const {elapsedMs, requests, cpuMs} = await measure(10_000, {latencyMs: 0});
  report('zero latency: requests a second', (requests * 1000) / elapsedMs, '/s', {
    value: 2500,
    name: 'the limit',
    atLeast: true,
  });
  report('zero latency: CPU of a request', (cpuMs * 1000) / requests, 'µs', {value: 300, name: 'the limit'});
  const {megabytes} = await measure(10_000, {latencyMs: 0, slots: 1_024});
  report('memory with 1,024 requests in flight', megabytes, 'MB', {value: 300, name: 'the limit'});
}

interface Measured {
  readonly elapsedMs: number;
  /** Sum of the latencies that the server chose. */
  readonly serviceMs: number;
  readonly requests: number;
  readonly cpuMs: number;
  readonly megabytes: number;
}

async function measure(
  conversations: number,
  {latencyMs, slots = SLOTS, seed = 0}: {latencyMs: number; slots?: number; seed?: number},
): Promise<Measured> {
  const {server, url} = await startServer({latencyMs, slots, seed});
  const workspace = mkdtempSync(join(tmpdir(), 'mac-bench-'));
  try {
    writeWorkspace(workspace, {conversations, url, slots, seed});
    const {cpuMs, megabytes} = await runMac(workspace);
    const {readdirSync, readFileSync} = await import('node:fs');
    const folder = join(workspace, 'experiment/b/e/transcript');
    let serviceMs = 0;
    let requests = 0;
    for (const name of readdirSync(folder)) {
      const {conversation_rounds: rounds} = JSON.parse(readFileSync(join(folder, name), 'utf8'));
      for (const {messages} of rounds) {
        for (const {message_metadata: meta} of messages) {
          requests++;
          serviceMs += Number(meta.call.latency_ms);
        }
      }
    }
    const summaries = join(workspace, 'experiment/b/e/task_summary');
    const {start_time: start, end_time: end} = JSON.parse(
      readFileSync(join(summaries, readdirSync(summaries)[0]!), 'utf8'),
    );
    return {elapsedMs: Date.parse(end) - Date.parse(start), serviceMs, requests, cpuMs, megabytes};
  } finally {
    server.kill('SIGTERM');
    // Removed only at the end: ext4 searches long for inodes that were freed within the last seconds, and the next run would pay for it.
    workspaces.push(workspace);
  }
}

async function startServer({
  latencyMs,
  slots,
  seed,
}: {
  latencyMs: number;
  slots: number;
  seed: number;
}): Promise<{server: ChildProcess; url: string}> {
  const server = spawn(process.execPath, [
    MAC,
    'serve-simulated',
    '--port',
    '0',
    '--model',
    'm',
    '--slots',
    String(slots),
    '--latency-ms',
    String(latencyMs),
    '--sigma',
    String(SIGMA),
    '--seed',
    String(seed),
  ]);
  const url = await new Promise<string>(done =>
    server.stdout.on('data', (text: Buffer) => done(/listening on (\S+)/.exec(String(text))![1]!)),
  );
  return {server, url};
}

/** The command in a process of its own, which tells its CPU time and memory at the end. */
async function runMac(cwd: string): Promise<{cpuMs: number; megabytes: number}> {
  const script = `process.on('exit', () => { const u = process.resourceUsage(); require('node:fs').writeSync(1, '\\n@' + (u.userCPUTime + u.systemCPUTime) / 1000 + ' ' + u.maxRSS / 1024); });
    import(${JSON.stringify(`file://${resolve(import.meta.dirname, '../dist/cli/main.js')}`)}).then(async ({main}) => { process.exitCode = await main(['run', 'config/grid.yaml', '--json']) })`;
  const child = spawn(process.execPath, ['-e', script], {cwd, stdio: ['ignore', 'pipe', 'ignore']});
  let output = '';
  child.stdout.on('data', (text: Buffer) => (output += String(text)));
  const code = await new Promise(done => child.on('close', done));
  if (code !== 0) throw new Error(`mac run ended with ${String(code)}: ${output.slice(-2000)}`);
  const [, cpuMs, megabytes] = /@([\d.]+) ([\d.]+)\s*$/.exec(output)!;
  return {cpuMs: Number(cpuMs), megabytes: Number(megabytes)};
}

function writeWorkspace(
  workspace: string,
  {conversations, url, slots, seed}: {conversations: number; url: string; slots: number; seed: number},
): void {
  mkdirSync(join(workspace, 'config'));
  const question = (i: number): string =>
    JSON.stringify({
      question_id: `q${i}`,
      question_type: 'multiple_choice',
      context: `Two neighbours, number ${i} of a long street, met at the market on a rainy morning and talked about the weather for a while.`,
      question: 'Who forgot the umbrella?',
      choices: [
        {id: 'A', text: 'The older neighbour'},
        {id: 'B', text: 'The younger neighbour'},
        {id: 'C', text: 'Not enough information'},
      ],
      correct_answer_id: 'C',
    });
  writeFileSync(join(workspace, 'q.jsonl'), Array.from({length: conversations}, (_, i) => question(i)).join('\n'));
  writeFileSync(
    join(workspace, 'config/grid.yaml'),
    `
experiment_metadata: {experiment_name: e, benchmark_subcategory: b, schema_version: '2025-12-10', questions_file: q.jsonl}
conversation_config: {routing_strategy: vanilla, max_rounds: ${ROUNDS}, seed: ${seed}}
retry_config: {max_retries: 3, answer_match_threshold: 0.75, retry_on_validation_error: true, retry_on_generation_error: true}
identity_reveal_config: {reveal_persona: true, reveal_demographics: true, reveal_presence_mode: true}
model_definitions: {m: {backend: vllm, model_path: m, max_num_seqs: ${slots}, api_config: {base_url: "${url}"}}}
agent_definitions:
  - {agent_id: spkr_000, role: participant, persona: doctor, if_as_human: true, model: m, temperature: 0.7, max_tokens: 256}
  - {agent_id: spkr_001, role: participant, persona: nurse, if_as_human: true, model: m, temperature: 0.7, max_tokens: 256}
`,
  );
}
