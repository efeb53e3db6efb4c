/** Longest line that is read. */
const MAX_LINE = 64 * 1024 * 1024;

/** Cuts a stream of text into lines. */
export class LineSplitter {
  readonly #onLine: (line: string) => void;
  readonly #onTooLong: () => void;
  #pieces: string[] = [];
  #length = 0;

  constructor(onLine: (line: string) => void, onTooLong: () => void) {
    this.#onLine = onLine;
    this.#onTooLong = onTooLong;
  }

  push(chunk: string): void {
    const [first = '', ...rest] = chunk.split('\n');
    this.#pieces.push(first);
    this.#length += first.length;
    if (this.#length > MAX_LINE) {
      this.#pieces = [];
      this.#length = 0;
      this.#onTooLong();
      return;
    }
    const last = rest.pop();
    if (last === undefined) return;
    this.#onLine(this.#pieces.join(''));
    for (const line of rest) this.#onLine(line);
    this.#pieces = [last];
    this.#length = last.length;
  }
}
