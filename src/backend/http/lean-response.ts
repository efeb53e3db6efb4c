export type HeaderValues = Readonly<Record<string, string | readonly string[] | undefined>>;

/** What the client packages read of a `Response`, without its streams and header objects. */
export class LeanResponse {
  readonly status: number;
  readonly statusText = '';
  readonly url = '';
  readonly body = null;
  readonly headers: LeanHeaders;
  readonly #text: string;

  /** @param headers names in lower case. */
  constructor(status: number, headers: HeaderValues, text: string) {
    this.status = status;
    this.headers = new LeanHeaders(headers);
    // A byte order mark is no part of JSON.
    this.#text = text.startsWith('\uFEFF') ? text.slice(1) : text;
  }

  get ok(): boolean {
    return this.status >= 200 && this.status < 300;
  }

  text(): Promise<string> {
    return Promise.resolve(this.#text);
  }

  async json(): Promise<unknown> {
    return JSON.parse(await this.text());
  }
}

class LeanHeaders {
  readonly #values: HeaderValues;

  constructor(values: HeaderValues) {
    this.#values = values;
  }

  get(name: string): string | null {
    const value = this.#values[name.toLowerCase()];
    if (value === undefined) return null;
    return typeof value === 'string' ? value : value.join(', ');
  }

  *entries(): IterableIterator<[string, string]> {
    for (const name of Object.keys(this.#values)) yield [name, this.get(name) ?? ''];
  }

  [Symbol.iterator](): IterableIterator<[string, string]> {
    return this.entries();
  }
}
