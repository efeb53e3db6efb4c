import {writeFileSync} from 'node:fs';
import {createServer, type AddressInfo} from 'node:net';
import {availableParallelism} from 'node:os';
import {basename, dirname, join, resolve} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {execa} from 'execa';

/** A model server that answers, and how a config names its model. */
export interface RealServer {
  readonly name: string;
  readonly version: string;
  readonly model: string;
  /** A value for `model_definitions`. */
  readonly definition: Record<string, unknown>;
}

type ServerProcess = ReturnType<typeof start>;
type Environment = Readonly<Record<string, string | undefined>>;

const SLOTS = 2;
/** Tokens of a conversation: the longest prompt of the samples has about 900. */
const CONTEXT = 4096;
const MODEL_NAME = 'field';
/**
 * Threads of these servers wait for each other in a loop: with one for every processor they are many times slower on a
 * machine that is busy.
 */
const THREADS = Math.max(1, availableParallelism() - 1);
/** A call waits this long at most: a small machine computes a few tokens a second when it is busy. */
const TIMEOUT_SECONDS = 300;
const START_SECONDS = 300;

/** Starts each server that the environment names, hands it out, and stops it before the next. */
export async function* startServers(env: Environment, folder: string): AsyncGenerator<RealServer> {
  const {FIELD_LLAMA_SERVER: llama, FIELD_OLLAMA: ollama, FIELD_URL: url, FIELD_MODEL_NAME: name} = env;
  if (llama !== undefined) yield* llamaServer(resolve(llama), modelFile(env), folder);
  if (ollama !== undefined) yield* ollamaServer(resolve(ollama), modelFile(env), folder);
  if (url !== undefined) yield runningServer(url, name ?? 'default');
}

async function* llamaServer(program: string, model: string, folder: string): AsyncGenerator<RealServer> {
  const port = await freePort();
  // Programs unpacked from a package find their libraries beside them.
  const env = {LD_LIBRARY_PATH: dirname(program)};
  const version = (await execa(program, ['--version'], {env, all: true})).all.split('\n')[0] ?? '';
  const context = ['--ctx-size', String(SLOTS * CONTEXT), '--parallel', String(SLOTS)];
  const threads = ['--threads', String(THREADS)];
  const args = ['--model', model, '--alias', MODEL_NAME, '--port', String(port), ...context, ...threads, '--metrics'];
  const child = start(program, args, env, join(folder, 'llama-server.log'));
  try {
    await waitUntilReady(`http://127.0.0.1:${port}/health`, child);
    yield {
      name: 'llama.cpp',
      version,
      model: basename(model),
      definition: openAiModel(`http://127.0.0.1:${port}/v1`, MODEL_NAME),
    };
  } finally {
    await stop(child);
  }
}

async function* ollamaServer(program: string, model: string, folder: string): AsyncGenerator<RealServer> {
  const port = await freePort();
  const env = {OLLAMA_HOST: `127.0.0.1:${port}`, OLLAMA_MODELS: join(folder, 'ollama-models')};
  const child = start(program, ['serve'], env, join(folder, 'ollama.log'));
  try {
    const url = `http://127.0.0.1:${port}`;
    await waitUntilReady(`${url}/api/version`, child);
    const {version} = (await (await fetch(`${url}/api/version`)).json()) as {version: string};
    writeFileSync(join(folder, 'Modelfile'), `FROM ${model}\nPARAMETER num_thread ${THREADS}\n`);
    await execa(program, ['create', MODEL_NAME, '-f', join(folder, 'Modelfile')], {env});
    yield {
      name: 'Ollama',
      version,
      model: basename(model),
      definition: {
        backend: 'ollama',
        model_name: MODEL_NAME,
        ollama_api_url: url,
        max_num_seqs: SLOTS,
        timeout_seconds: TIMEOUT_SECONDS,
        ollama_config: {num_ctx: CONTEXT},
      },
    };
  } finally {
    await stop(child);
  }
}

function runningServer(url: string, model: string): RealServer {
  return {name: url, version: '', model, definition: openAiModel(url, model)};
}

function openAiModel(url: string, model: string): Record<string, unknown> {
  return {
    backend: 'vllm',
    model_path: model,
    max_num_seqs: SLOTS,
    api_config: {base_url: url, timeout_seconds: TIMEOUT_SECONDS},
  };
}

function modelFile({FIELD_MODEL: path}: Environment): string {
  if (path === undefined) throw new Error('FIELD_MODEL is not set: the path of a GGUF file of an instruct model');
  return resolve(path);
}

/** Starts a server's program, which execa ends should a signal end this process. */
function start(program: string, args: readonly string[], env: Record<string, string>, log: string) {
  return execa(program, args, {
    env,
    reject: false,
    buffer: false,
    stdin: 'ignore',
    stdout: {file: log},
    stderr: {file: log},
  });
}

/** Waits for an answer 200: until then a server loads its model. */
async function waitUntilReady(url: string, child: ServerProcess): Promise<void> {
  const endMs = performance.now() + START_SECONDS * 1000;
  while (performance.now() < endMs) {
    if (child.pid === undefined) throw new Error(`${child.spawnfile} cannot be started`);
    if (child.exitCode !== null) throw new Error(`${child.spawnfile} ended with ${child.exitCode}`);
    const response = await fetch(url).catch(() => null);
    if (response?.ok === true) return;
    await sleep(500);
  }
  throw new Error(`${child.spawnfile} was not ready after ${START_SECONDS} s`);
}

async function stop(child: ServerProcess): Promise<void> {
  child.kill('SIGTERM');
  await child;
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await new Promise(done => probe.once('listening', done));
  const {port} = probe.address() as AddressInfo;
  await new Promise(done => probe.close(done));
  return port;
}
