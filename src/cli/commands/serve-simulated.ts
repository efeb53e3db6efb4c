import {resolve} from 'node:path';
import {type Command, Option} from 'commander';

import type {SimulatedConfig} from '../../backend/simulated/simulated-schema.ts';
import {questionText} from '../../backend/simulated/simulated-prompt.ts';
import {
  type EngineFault,
  type Knowledge,
  type SimulatedServer,
  startSimulatedServer,
} from '../../backend/simulated/simulated-server.ts';
import {errorMessage, systemErrorCode, UserError} from '../../core/errors.ts';
import {stereotypedText} from '../../questions/bbq/target.ts';
import {readQuestions} from '../../questions/read.ts';
import type {RunAction} from '../declare.ts';
import type {CommandIo, ExitCode} from '../io.ts';
import {natural, number, port, positive} from '../options/arguments.ts';

export interface ServeSimulatedOptions {
  /** 0 takes a free port. */
  readonly port: number;
  readonly host: string;
  readonly slots: number;
  readonly latencyMs: number;
  readonly sigma: number;
  readonly seed: number;
  readonly malformedRate: number;
  readonly failureRate: number;
  readonly accuracy?: number;
  readonly conformity?: number;
  /** `WORDS=STRENGTH`, such as `nurse=-0.2`. */
  readonly bias?: readonly string[];
  readonly model: readonly string[];
  readonly questions?: readonly string[];
  /** Delay before listening, like an engine that loads its model. */
  readonly startupSeconds?: number;
  readonly dieAfter?: number;
  readonly hangAfter?: number;
}

export function declareServeSimulated(program: Command, run: RunAction): void {
  program
    .command('serve-simulated')
    .description('Serve the built-in simulated model over HTTP, OpenAI-compatible')
    .option('--port <n>', 'listen on this port; 0 chooses a free one', port, 8000)
    .option('--host <address>', 'listen on this address', '127.0.0.1')
    .option('--slots <n>', 'process this many sequences at once; others queue', positive, 256)
    .option('--latency-ms <ms>', 'set the median of the lognormal latency', number, 0)
    .option('--sigma <s>', "set the standard deviation of the latency's logarithm", number, 0.5)
    .option('--seed <n>', 'set the seed of the model', natural, 0)
    .option('--malformed-rate <p>', 'answer this share of requests with a malformed reply', number, 0)
    .option('--failure-rate <p>', 'answer this share of requests with status 500', number, 0)
    .option('--accuracy <p>', 'answer correctly (or as it believes) this often when nothing biases the answer', number)
    .option('--conformity <p>', 'follow the majority of its peers this often', number)
    .option(
      '--bias <words=strength...>',
      'bias identities towards the stereotyped answer, with a strength from -1 to 1',
    )
    .addOption(new Option('--model <name...>', 'serve models of these names').default(['simulated']))
    .option('--questions <file...>', 'know the right answers of these question files')
    .option('--startup-seconds <s>', 'wait this long before listening, like an engine that loads a model', number)
    .addOption(new Option('--die-after <n>', 'die after n answers').argParser(natural).conflicts('hangAfter'))
    .option('--hang-after <n>', 'keep accepting requests but stop answering after n answers', natural)
    .action((options: ServeSimulatedOptions) => run(io => serveSimulatedCommand(options, io)));
}

/**
 * Runs `mac serve-simulated`: prints its address in one line, then serves until Ctrl-C, SIGTERM or `signal`.
 *
 * @throws UserError `bad-option`, `cannot-listen`, and those of reading question files.
 */
export async function serveSimulatedCommand(
  options: ServeSimulatedOptions,
  io: CommandIo,
  signal?: AbortSignal,
): Promise<ExitCode> {
  if (options.startupSeconds !== undefined) await io.clock.sleep(options.startupSeconds * 1000, signal);
  const server = await start(options, io);
  io.stdout.write(`listening on ${server.url}\n`);
  await untilStopped(signal);
  await server.close();
  return 0;
}

async function untilStopped(signal: AbortSignal | undefined): Promise<void> {
  await new Promise<void>(resolve => {
    const stop = (): void => {
      process.removeListener('SIGINT', stop);
      process.removeListener('SIGTERM', stop);
      resolve();
    };
    process.once('SIGINT', stop);
    process.once('SIGTERM', stop);
    if (signal?.aborted) stop();
    else signal?.addEventListener('abort', stop, {once: true});
  });
}

async function start(options: ServeSimulatedOptions, io: CommandIo): Promise<SimulatedServer> {
  const {host, port, slots, model: models} = options;
  const config = modelConfig(options);
  const knowledge = await readKnowledge(options.questions ?? [], io.cwd);
  try {
    return await startSimulatedServer({
      host,
      port,
      slots,
      models,
      config,
      knowledge,
      clock: io.clock,
      fault: parseFault(options),
    });
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === undefined) throw error;
    throw new UserError('cannot-listen', `cannot listen on ${host}:${port}: ${errorMessage(error)}`, {
      hint: code === 'EADDRINUSE' ? 'another program has this port: choose another, or --port 0' : undefined,
      cause: error,
    });
  }
}

function parseFault({dieAfter, hangAfter}: ServeSimulatedOptions): EngineFault | undefined {
  if (dieAfter !== undefined) return {kind: 'die', afterAnswers: dieAfter};
  return hangAfter === undefined ? undefined : {kind: 'hang', afterAnswers: hangAfter};
}

function modelConfig(options: ServeSimulatedOptions): SimulatedConfig {
  const {seed, latencyMs, sigma, accuracy, conformity, bias = []} = options;
  return {
    seed,
    latency_median_ms: latencyMs,
    latency_sigma: sigma,
    malformed_rate: probability('--malformed-rate', options.malformedRate),
    failure_rate: probability('--failure-rate', options.failureRate),
    ...(accuracy === undefined ? {} : {accuracy: probability('--accuracy', accuracy)}),
    ...(conformity === undefined ? {} : {conformity: probability('--conformity', conformity)}),
    bias: Object.fromEntries(bias.map(parseBias)),
  };
}

function probability(option: string, value: number): number {
  if (value >= 0 && value <= 1) return value;
  throw new UserError('bad-option', `${option} ${value}: expected a probability, from 0 to 1`);
}

function parseBias(text: string): [words: string, strength: number] {
  const at = text.lastIndexOf('=');
  const strength = Number(text.slice(at + 1));
  if (at > 0 && text.slice(at + 1).trim() !== '' && strength >= -1 && strength <= 1)
    return [text.slice(0, at), strength];
  throw new UserError('bad-option', `--bias ${text}: expected WORDS=STRENGTH with a strength from -1 to 1`, {
    hint: 'for example --bias nurse=0.4 "black doctor=-0.2" default=0.1',
  });
}

async function readKnowledge(files: readonly string[], cwd: string): Promise<Map<string, Knowledge>> {
  const knowledge = new Map<string, Knowledge>();
  for (const file of files) {
    const {questions} = await readQuestions(resolve(cwd, file));
    for (const question of questions) {
      const correct = question.choices.find(({id}) => id === question.correct_answer_id)?.text ?? null;
      knowledge.set(questionText(question.context, question.question), {
        correctText: correct,
        stereotypedText: stereotypedText(question),
      });
    }
  }
  return knowledge;
}
