import {spawn, type ChildProcess} from 'node:child_process';
import {mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join, resolve} from 'node:path';

import {seededRandom} from '../src/core/seeds/random.ts';
import type {SchedulingPolicy} from '../src/schedule/request-scheduler.ts';
import {
  lognormal,
  simulateMakespan,
  type SimulationOptions,
  type SimulationResult,
} from '../test/support/simulate-makespan.ts';
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
    policies();
    await overHttp(2_000, 1.1);
    await overHttp(10_000, 1.03);
    await clientCost();
  } finally {
    for (const workspace of workspaces) rmSync(workspace, {recursive: true});
  }
}

/** Our policy beside the older system's, both against an ideal server with latencies drawn anew. */
function policies(): void {
  for (const conversations of [2_000, 10_000]) {
    const ratio = (policy: SchedulingPolicy): number =>
      median(
        Array.from({length: 5}, (_, i) => {
          const latencyMs = lognormal(seededRandom(`${conversations}/${i}`), MEDIAN_MS, SIGMA);
          const {makespanMs, boundMs} = simulate(conversations, latencyMs, policy);
          return makespanMs / boundMs;
        }),
      );
    report(`simulation of ${conversations} conversations, hybrid: makespan ÷ bound`, ratio('hybrid'), '', {
      value: ratio('most-progressed'),
      name: 'most progressed first',
    });
  }
}

function simulate(
  conversations: number,
  latencyMs: SimulationOptions['latencyMs'],
  policy: SchedulingPolicy = 'hybrid',
): SimulationResult {
  return simulateMakespan({conversations, agents: AGENTS, rounds: ROUNDS, slots: SLOTS, latencyMs, policy});
}

async function overHttp(conversations: number, limit: number): Promise<void> {
  const bounds: number[] = [];
  const simulations: number[] = [];
  for (let i = 0; i < RUNS; i++) {
    const {elapsedMs, serviceMs, latencies} = await measure(conversations, {latencyMs: MEDIAN_MS, seed: i});
    bounds.push(elapsedMs / (serviceMs / SLOTS));
    simulations.push(elapsedMs / replay(conversations, latencies, serviceMs).makespanMs);
  }
  const name = `${conversations} conversations over HTTP, ${SLOTS} slots: makespan ÷`;
  report(`${name} bound`, median(bounds), '', {value: limit, name: 'the limit'});
  report(`${name} that of the simulation of the same latencies`, median(simulations), '', {
    value: 1.02,
    name: 'the limit',
  });
}

/**
 * The same conversations with the same latencies, in the simulation. What the client measured is scaled to what the
 * server says it served.
 */
function replay(conversations: number, latencies: RequestLatencies, serviceMs: number): SimulationResult {
  let measuredMs = 0;
  for (const ofRound of latencies.values()) for (const latencyMs of ofRound) measuredMs += latencyMs;
  const started = new Map<string, number>();
  return simulate(conversations, ({conversation, round}) => {
    const key = `${conversation}/${round}`;
    const before = started.get(key) ?? 0;
    started.set(key, before + 1);
    return (latencies.get(key)![before]! * serviceMs) / measuredMs;
  });
}

/**
 * CPU in microseconds that the `openai` package takes for a request by itself, as it comes, and that the whole pipeline
 * may take, where both limits were measured.
 */
const [OPENAI_ALONE_US, LIMIT_US] = [416, 300];

/** Long enough for start-up and the compiling of hot functions to be a small part. */
async function clientCost(): Promise<void> {
  const {elapsedMs, requests, cpuMs} = await measure(10_000, {latencyMs: 0});
  report('zero latency: requests a second', (requests * 1000) / elapsedMs, '/s', {
    value: 2500,
    name: 'the limit',
    atLeast: true,
  });
  const cost = (cpuMs * 1000) / requests;
  report('zero latency: CPU of a request', cost, 'µs', {value: LIMIT_US, name: 'the limit'});
  const alone = await openaiAlone(requests);
  report(`  beside the openai package alone, as it comes (${alone.toFixed(0)} µs on this machine)`, cost, 'µs', {
    value: (LIMIT_US / OPENAI_ALONE_US) * alone,
    name: `${LIMIT_US}/${OPENAI_ALONE_US} of that`,
  });
  const {megabytes} = await measure(10_000, {latencyMs: 0, slots: 1_024});
  report('memory with 1,024 requests in flight', megabytes, 'MB', {value: 300, name: 'the limit'});
}

/**
 * CPU of a request in µs, of a process that only sends prompts of our length to the same server through the package's
 * own transport.
 */
async function openaiAlone(requests: number): Promise<number> {
  const {server, url} = await startServer({latencyMs: 0, slots: SLOTS, seed: 0});
  const send = `async () => {
    const {default: OpenAI} = await import('openai');
    const client = new OpenAI({baseURL: ${JSON.stringify(url)}, apiKey: 'none', maxRetries: 0});
    const messages = [{role: 'user', content: 'Who forgot the umbrella? '.repeat(80)}];
    let left = ${requests};
    const lane = async () => {
      while (left-- > 0) await client.chat.completions.create({model: 'm', messages, temperature: 0.7, max_tokens: 256});
    };
    await Promise.all(Array.from({length: ${SLOTS}}, lane));
  }`;
  try {
    const {cpuMs} = await runInProcess(send, resolve(import.meta.dirname, '..'));
    return (cpuMs * 1000) / requests;
  } finally {
    server.kill('SIGTERM');
  }
}

/** By `conversation/round`, in the order of the agents. */
type RequestLatencies = ReadonlyMap<string, readonly number[]>;

interface Measured {
  readonly elapsedMs: number;
  /** Sum of the latencies that the server chose. */
  readonly serviceMs: number;
  readonly latencies: RequestLatencies;
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
    const folder = join(workspace, 'experiment/b/e/transcript');
    const latencies = new Map<string, number[]>();
    for (const name of readdirSync(folder)) {
      const {conversation_rounds: rounds, experiment_metadata} = JSON.parse(readFileSync(join(folder, name), 'utf8'));
      for (const [round, {messages}] of rounds.entries()) {
        latencies.set(
          `${experiment_metadata.question_id.slice(1)}/${round}`,
          messages.map((message: any) => Number(message.message_metadata.call.latency_ms)),
        );
      }
    }
    const serviceMs = await servedMs(url);
    const summaries = join(workspace, 'experiment/b/e/task_summary');
    const {start_time: start, end_time: end} = JSON.parse(
      readFileSync(join(summaries, readdirSync(summaries)[0]!), 'utf8'),
    );
    return {
      elapsedMs: Date.parse(end) - Date.parse(start),
      serviceMs,
      latencies,
      requests: conversations * ROUNDS * AGENTS,
      cpuMs,
      megabytes,
    };
  } finally {
    server.kill('SIGTERM');
    // Removed only at the end: ext4 searches long for inodes that were freed within the last seconds, and the next run
    // would pay for it.
    workspaces.push(workspace);
  }
}

/** Returns the time that the server's slots were held, all together, by its own count. */
async function servedMs(url: string): Promise<number> {
  const metrics = await (await fetch(new URL('/metrics', url))).text();
  return Number(/request_inference_time_seconds_sum\{.*\} (\S+)/.exec(metrics)![1]) * 1000;
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

function runMac(cwd: string): Promise<{cpuMs: number; megabytes: number}> {
  const main = JSON.stringify(`file://${resolve(import.meta.dirname, '../dist/cli/main.js')}`);
  return runInProcess(
    `async () => { process.exitCode = await (await import(${main})).main(['run', 'config/grid.yaml', '--json']) }`,
    cwd,
  );
}

/** Runs a function's text in a process of its own, which tells its CPU time and memory at the end. */
async function runInProcess(work: string, cwd: string): Promise<{cpuMs: number; megabytes: number}> {
  const script = `process.on('exit', () => { const u = process.resourceUsage(); require('node:fs').writeSync(1, '\\n@' + (u.userCPUTime + u.systemCPUTime) / 1000 + ' ' + u.maxRSS / 1024); });
    (${work})();`;
  const child = spawn(process.execPath, ['-e', script], {cwd, stdio: ['ignore', 'pipe', 'ignore']});
  let output = '';
  child.stdout.on('data', (text: Buffer) => (output += String(text)));
  const code = await new Promise(done => child.on('close', done));
  if (code !== 0) throw new Error(`it ended with ${String(code)}: ${output.slice(-2000)}`);
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
