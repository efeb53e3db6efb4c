import {resolve} from 'node:path';

import {startSimulatedServer} from '../../backend/simulated-server.ts';
import {messageOf, systemErrorCode, UserError} from '../../core/errors.ts';
import {readQuestions} from '../../questions/read.ts';
import {stereotypedText} from '../../questions/stereotype.ts';
import type {CommandIo, ExitCode} from '../io.ts';

export interface ServeSimulatedOptions {
  readonly port: number;
  readonly host: string;
  readonly slots: number;
  readonly latencyMs: number;
  readonly sigma: number;
  readonly seed: number;
  readonly malformedRate: number;
  readonly failureRate: number;
  readonly model: readonly string[];
  readonly questions?: readonly string[];
}

/** `mac serve-simulated`: runs until it is told to stop. */
export async function serveSimulatedCommand(options: ServeSimulatedOptions, io: CommandIo): Promise<ExitCode> {
  const server = await start(options, io);
  io.stdout.write(`listening on ${server.url}\n`);
  await new Promise<void>(done => {
    process.once('SIGINT', done);
    process.once('SIGTERM', done);
  });
  await server.close();
  return 0;
}

async function start(options: ServeSimulatedOptions, io: CommandIo): ReturnType<typeof startSimulatedServer> {
  try {
    return await startSimulatedServer({
      host: options.host,
      port: options.port,
      slots: options.slots,
      models: options.model,
      config: {
        seed: options.seed,
        latency_median_ms: options.latencyMs,
        latency_sigma: options.sigma,
        malformed_rate: options.malformedRate,
        failure_rate: options.failureRate,
      },
      knowledge: await readKnowledge(options.questions ?? [], io.cwd),
    });
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === undefined || error instanceof UserError) throw error;
    throw new UserError('cannot-listen', `cannot listen on ${options.host}:${options.port}: ${messageOf(error)}`, {
      hint: code === 'EADDRINUSE' ? 'another program has this port: choose another, or --port 0' : undefined,
      cause: error,
    });
  }
}

async function readKnowledge(files: readonly string[], cwd: string) {
  const knowledge = new Map<string, {correctText: string | null; stereotypedText: string | null}>();
  for (const file of files) {
    const {questions} = await readQuestions(resolve(cwd, file));
    for (const question of questions) {
      const correct = question.choices.find(({id}) => id === question.correct_answer_id)?.text ?? null;
      const text = `${question.context ?? ''}\n${question.question}`;
      knowledge.set(text, {correctText: correct, stereotypedText: stereotypedText(question)});
    }
  }
  return knowledge;
}
