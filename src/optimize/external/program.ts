import {spawn, type ChildProcessWithoutNullStreams} from 'node:child_process';

import {deferred, type Deferred} from '../../core/deferred.ts';
import {errorMessage} from '../../core/errors.ts';
import type {Mapping} from '../../core/mapping.ts';
import {killTree} from '../sandbox/kill-tree.ts';
import {LineSplitter} from './line-splitter.ts';
import {PROTOCOL, checkHello, readMessage, renderMessage, type Request} from './messages.ts';

/** Something that went wrong with an external program, in words. */
export class ProgramError extends Error {
  override readonly name = 'ProgramError';
  /** `unavailable`: what it needs is not here. */
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

export interface ProgramOptions {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly helloSeconds: number;
  /** Gets what the program printed besides messages, line by line. */
  readonly onStray: (line: string) => void;
  /** Answers a question of the program. */
  readonly onRequest?: (request: Request) => Promise<Mapping>;
}

/** Characters of standard error that messages quote. */
const TAIL = 2_000;
const CLOSE_MS = 2_000;
/** Time in which what a program wrote last can still be read after it ended. */
const DRAIN_MS = 500;

/**
 * A program that speaks `mac.optimize/1` by JSON lines over standard input and output. It stays in our process group,
 * so that whoever ends the job ends it, too.
 */
export class ExternalProgram {
  readonly #options: ProgramOptions;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #pending = new Map<number | string, Deferred<Mapping>>();
  readonly #ended = deferred<undefined>();
  #calls = 0;
  #failure: ProgramError | undefined;
  #errors = '';

  private constructor(options: ProgramOptions) {
    const [command = '', ...args] = options.argv;
    this.#options = options;
    this.#child = spawn(command, args, {stdio: 'pipe', env: options.env});
    const lines = new LineSplitter(
      line => this.#read(line),
      () => this.#fail('a line of its output is too long'),
    );
    this.#child.stdout.setEncoding('utf8').on('data', (chunk: string) => lines.push(chunk));
    this.#child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      this.#errors = `${this.#errors}${chunk}`.slice(-TAIL);
      for (const line of chunk.split('\n')) if (line !== '') options.onStray(line);
    });
    for (const stream of [this.#child.stdin, this.#child.stdout, this.#child.stderr])
      stream.on('error', () => undefined);
    this.#child.on('error', error => this.#end('unavailable', `cannot be started: ${errorMessage(error)}`));
    this.#child.on('exit', (code, signal) => {
      const end = (): void =>
        this.#end('died', `ended (${signal === null ? `exit code ${code ?? '?'}` : `signal ${signal}`})`);
      this.#child.once('close', end);
      // A grandchild may hold its output open for ever.
      setTimeout(end, DRAIN_MS).unref();
    });
  }

  /** Starts a program and greets it. @throws ProgramError */
  static async start(options: ProgramOptions): Promise<ExternalProgram> {
    const program = new ExternalProgram(options);
    try {
      const problem = checkHello(await program.call('hello', {protocols: [PROTOCOL]}, options.helloSeconds));
      if (problem !== undefined) throw new ProgramError('protocol', `${options.argv.join(' ')} ${problem}`);
      return program;
    } catch (error) {
      await program.close();
      throw error;
    }
  }

  /**
   * Asks the program. Where it takes longer than the limit it is killed: its state would be unknown from then on.
   *
   * @param limitSeconds null: as long as it takes.
   * @throws ProgramError
   */
  async call(method: string, params: Mapping, limitSeconds: number | null): Promise<Mapping> {
    if (this.#failure) throw this.#failure;
    const id = ++this.#calls;
    const result = deferred<Mapping>();
    this.#pending.set(id, result);
    const timer =
      limitSeconds === null
        ? undefined
        : setTimeout(
            () => this.#fail(`gave no answer to ${method} within ${limitSeconds} s`, 'timeout'),
            limitSeconds * 1000,
          );
    this.#send({id, method, params});
    try {
      return await result.promise;
    } finally {
      clearTimeout(timer);
      this.#pending.delete(id);
    }
  }

  /** Ends the program: asks it to, then kills it with all that it started. */
  async close(): Promise<void> {
    if (this.#failure?.code === 'died' || this.#child.pid === undefined) return;
    this.#send({id: ++this.#calls, method: 'close', params: {}});
    this.#child.stdin.end();
    const timer = setTimeout(() => this.#kill(), this.#failure ? 0 : CLOSE_MS);
    await this.#ended.promise;
    clearTimeout(timer);
  }

  #send(message: object): void {
    if (this.#child.stdin.writable) this.#child.stdin.write(renderMessage(message));
  }

  #read(line: string): void {
    const message = readMessage(line);
    switch (message.kind) {
      case 'stray':
        if (line.trim() !== '') this.#options.onStray(line);
        return;
      case 'wrong':
        this.#fail(message.problem);
        return;
      case 'request':
        void this.#answer(message.request);
        return;
      case 'reply':
        this.#pending.get(message.id)?.resolve(message.result);
        return;
      case 'error':
        this.#pending.get(message.id)?.reject(new ProgramError(message.code, message.message));
    }
  }

  async #answer(request: Request): Promise<void> {
    const {id, method} = request;
    try {
      const {onRequest} = this.#options;
      if (!onRequest) throw new Error(`${method} cannot be asked here`);
      this.#send({id, result: await onRequest(request)});
    } catch (error) {
      this.#send({id, error: {code: 'error', message: errorMessage(error)}});
    }
  }

  /** Gives the program up. */
  #fail(problem: string, code = 'protocol'): void {
    this.#settle(code, problem);
    this.#kill();
  }

  #end(code: string, problem: string): void {
    this.#settle(code, problem);
    this.#child.stdout.destroy();
    this.#child.stderr.destroy();
    this.#ended.resolve(undefined);
  }

  #settle(code: string, problem: string): void {
    const last = quoteErrors(this.#errors);
    const text = `${this.#options.argv.join(' ')} ${problem}${last === '' ? '' : `; its standard error: ${last}`}`;
    this.#failure ??= new ProgramError(code, text);
    for (const pending of this.#pending.values()) pending.reject(this.#failure);
  }

  #kill(): void {
    if (this.#child.pid !== undefined) killTree(this.#child.pid);
  }
}

/** Returns the line of standard error that says most: the last that names an error, else the last. */
function quoteErrors(text: string): string {
  const lines = text
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '');
  return lines.findLast(line => /error|exception/i.test(line)) ?? lines.at(-1) ?? '';
}
