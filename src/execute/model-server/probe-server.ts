import {nameModels, parseModelList} from '../../backend/server/model-list.ts';
import type {HttpResponse} from '../../backend/http/http-response.ts';
import {createTransport, type Transport} from '../../backend/http/transport.ts';
import {TransportError} from '../../backend/http/transport-error.ts';
import {parseServerActivity, type ServerActivity} from '../../backend/server/server-metrics.ts';

/** Health of a server. `silent`: it took the request and did not answer in time, as an engine under load may. */
export type ServerHealth =
  {readonly kind: 'good'} | {readonly kind: 'bad'; readonly what: string} | {readonly kind: 'silent'};

/** The models that a server serves. `unlisted`: it has no list of them. */
export type ServedModels =
  {readonly kind: 'ours'} | {readonly kind: 'unlisted'} | {readonly kind: 'others'; readonly names: string};

const ANSWER_MS = 5_000;

/** Checks one server, over connections of its own: those of the requests may all be taken. */
export class ServerProbe {
  readonly #transport: Transport = createTransport({connections: 1, timeoutMs: ANSWER_MS});
  readonly #base: string;
  readonly #readyUrl: string;
  readonly #apiKey: string | undefined;
  readonly #signal: AbortSignal;

  constructor(options: {port: number; readyUrl: string; apiKey: string | undefined; signal: AbortSignal}) {
    this.#base = `http://127.0.0.1:${options.port}`;
    this.#readyUrl = options.readyUrl.replaceAll('{port}', String(options.port));
    this.#apiKey = options.apiKey;
    this.#signal = options.signal;
  }

  async health(): Promise<ServerHealth> {
    const answer = await this.#get(this.#readyUrl);
    if (answer === 'silent') return {kind: 'silent'};
    if (typeof answer === 'string') return {kind: 'bad', what: answer};
    return answer.ok ? {kind: 'good'} : {kind: 'bad', what: `${this.#readyUrl} answers ${answer.status}`};
  }

  /** @param names names that must all be listed. */
  async models(names: readonly string[]): Promise<ServedModels> {
    const answer = await this.#get(`${this.#base}/v1/models`);
    const listed = typeof answer === 'string' || !answer.ok ? null : parseModelList(answer.body);
    if (!listed) return {kind: 'unlisted'};
    const ids = listed.map(({id}) => id);
    return names.every(name => ids.includes(name)) ? {kind: 'ours'} : {kind: 'others', names: nameModels(ids)};
  }

  async activity(): Promise<ServerActivity | null> {
    const answer = await this.#get(`${this.#base}/metrics`);
    return typeof answer === 'string' || !answer.ok ? null : parseServerActivity(answer.body);
  }

  async close(): Promise<void> {
    await this.#transport.close();
  }

  /** Returns the answer, or in words why there is none. */
  async #get(url: string): Promise<HttpResponse | string> {
    try {
      const headers = this.#apiKey === undefined ? {} : {authorization: `Bearer ${this.#apiKey}`};
      return await this.#transport.send(url, {headers, signal: this.#signal});
    } catch (error) {
      if (!(error instanceof TransportError)) throw error;
      return error.reason === 'timeout' ? 'silent' : `${url}: ${error.message}`;
    }
  }
}
