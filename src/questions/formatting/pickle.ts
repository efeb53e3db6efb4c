import {UserError} from '../../core/errors.ts';
import {PythonTuple} from '../../core/python/python-str.ts';

/**
 * Reads a Python pickle of plain data: None, booleans, numbers, texts, bytes, lists, tuples, dicts and numpy scalars,
 * protocols 0 to 5. Anything else (a pickle can name any Python function) is refused, so reading a file never runs what
 * it says. Format: Python's documentation of `pickletools`.
 *
 * @throws UserError `raw-data-invalid`.
 */
export function readPickle(bytes: Uint8Array): unknown {
  return new PickleMachine(bytes).run();
}

/** Marks the start of a group on the stack. */
const MARK = Symbol('mark');

/** A name that a pickle asks for; only those in `call` may be called. */
interface PythonName {
  readonly python: string;
}

/** A numpy dtype: the character of its kind and size, little endian. */
interface Dtype {
  readonly dtype: string;
}

class PickleMachine {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #stack: unknown[] = [];
  readonly #memo = new Map<number, unknown>();
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  run(): unknown {
    try {
      for (;;) {
        const opcode = String.fromCharCode(this.u8());
        if (opcode === '.') return this.#stack.pop();
        this.#step(opcode);
      }
    } catch (error) {
      if (error instanceof UserError) throw error;
      throw new UserError(
        'raw-data-invalid',
        `not a readable pickle: it breaks off or is damaged at byte ${this.#at}`,
        {cause: error},
      );
    }
  }

  #step(opcode: string): void {
    const handler = HANDLERS[opcode];
    if (!handler) {
      throw new UserError(
        'raw-data-invalid',
        `pickle opcode 0x${opcode.charCodeAt(0).toString(16)} at byte ${this.#at - 1} is not plain data`,
      );
    }
    handler(this);
  }

  u8(): number {
    return this.#view.getUint8(this.#at++);
  }

  unsigned(size: 2 | 4 | 8): number {
    const at = this.#advance(size);
    if (size === 2) return this.#view.getUint16(at, true);
    if (size === 4) return this.#view.getUint32(at, true);
    return Number(this.#view.getBigUint64(at, true));
  }

  int32(): number {
    return this.#view.getInt32(this.#advance(4), true);
  }

  float64(): number {
    return this.#view.getFloat64(this.#advance(8), false);
  }

  take(size: number): Uint8Array {
    const at = this.#advance(size);
    return this.#bytes.subarray(at, at + size);
  }

  /** @throws TypeError for bytes that are no UTF-8: a replaced character would be a wrong number or word in silence. */
  text(size: number): string {
    return new TextDecoder('utf-8', {fatal: true, ignoreBOM: true}).decode(this.take(size));
  }

  /** Takes the rest of a line of protocol 0, which has one character a byte (Latin-1). */
  line(): string {
    const end = this.#bytes.indexOf(10, this.#at);
    if (end < 0) throw new RangeError('no end of line');
    const line = Buffer.from(this.take(end - this.#at));
    this.#at++;
    return line.toString('latin1');
  }

  #advance(size: number): number {
    const at = this.#at;
    if (size < 0 || at + size > this.#bytes.length) throw new RangeError('past the end');
    this.#at += size;
    return at;
  }

  push(value: unknown): void {
    this.#stack.push(value);
  }

  pop(): unknown {
    if (this.#stack.length === 0) throw new RangeError('empty stack');
    return this.#stack.pop();
  }

  top(): unknown {
    return this.#stack.at(-1);
  }

  /** Pops everything above the last mark, and the mark. */
  popGroup(): unknown[] {
    const mark = this.#stack.lastIndexOf(MARK);
    if (mark < 0) throw new RangeError('no mark');
    const group = this.#stack.splice(mark);
    group.shift();
    return group;
  }

  put(index: number): void {
    this.#memo.set(index, this.top());
  }

  memoize(): void {
    this.put(this.#memo.size);
  }

  get(index: number): void {
    if (!this.#memo.has(index)) throw new RangeError('nothing was put there');
    this.push(this.#memo.get(index));
  }
}

type Handler = (machine: PickleMachine) => void;

const HANDLERS: Readonly<Record<string, Handler>> = {
  '\x80': m => void m.u8(), // PROTO
  '\x95': m => void m.take(8), // FRAME
  '(': m => m.push(MARK),
  '0': m => void m.pop(),
  '1': m => void m.popGroup(),
  N: m => m.push(null),
  '\x88': m => m.push(true),
  '\x89': m => m.push(false),
  I: m => m.push(readInteger(m.line())),
  L: m => m.push(Number(m.line().replace(/L$/, ''))),
  F: m => m.push(Number(m.line())),
  J: m => m.push(m.int32()),
  K: m => m.push(m.u8()),
  M: m => m.push(m.unsigned(2)),
  '\x8a': m => m.push(littleEndianInteger(m.take(m.u8()))),
  G: m => m.push(m.float64()),
  V: m => m.push(withoutEscapes(m.line())),
  X: m => m.push(m.text(m.unsigned(4))),
  '\x8c': m => m.push(m.text(m.u8())),
  '\x8d': m => m.push(m.text(m.unsigned(8))),
  S: m => m.push(withoutQuotes(m.line())),
  U: m => m.push(m.text(m.u8())),
  T: m => m.push(m.text(m.int32())),
  C: m => m.push(m.take(m.u8())),
  B: m => m.push(m.take(m.unsigned(4))),
  '\x8e': m => m.push(m.take(m.unsigned(8))),
  ']': m => m.push([]),
  l: m => m.push(m.popGroup()),
  a: m => append(m, [m.pop()]),
  e: m => append(m, m.popGroup()),
  ')': m => m.push(tuple([])),
  t: m => m.push(tuple(m.popGroup())),
  '\x85': m => m.push(tuple([m.pop()])),
  '\x86': m => m.push(tuple([m.pop(), m.pop()].reverse())),
  '\x87': m => m.push(tuple([m.pop(), m.pop(), m.pop()].reverse())),
  '}': m => m.push({}),
  d: m => m.push(setItems({}, m.popGroup())),
  s: m => {
    const [value, key] = [m.pop(), m.pop()];
    setItems(m.top(), [key, value]);
  },
  u: m => {
    const group = m.popGroup();
    setItems(m.top(), group);
  },
  p: m => m.put(Number(m.line())),
  q: m => m.put(m.u8()),
  r: m => m.put(m.unsigned(4)),
  '\x94': m => m.memoize(),
  g: m => m.get(Number(m.line())),
  h: m => m.get(m.u8()),
  j: m => m.get(m.unsigned(4)),
  c: m => m.push(pythonName(m.line(), m.line())),
  '\x93': m => {
    const [name, module] = [m.pop(), m.pop()];
    m.push(pythonName(String(module), String(name)));
  },
  R: m => {
    const args = m.pop();
    m.push(call(m.pop(), args));
  },
  b: m => refuseBigEndian(m.pop()),
};

/** Replaces `\uXXXX` and `\UXXXXXXXX` in a text of protocol 0; Python escapes the backslash itself, too. */
function withoutEscapes(text: string): string {
  return text.replace(/\\u([0-9a-fA-F]{4})|\\U([0-9a-fA-F]{8})/g, (_all, short?: string, long?: string) =>
    String.fromCodePoint(parseInt(short ?? long ?? '', 16)),
  );
}

/** Reads a byte string in quotes, as Python 2 wrote them in protocol 0. */
function withoutQuotes(line: string): string {
  if (!line.includes('\\')) return line.slice(1, -1);
  throw new UserError(
    'raw-data-invalid',
    'a byte string with escapes, as Python 2 wrote them: write the file again with Python 3, protocol 4',
  );
}

/** Checks the state of a numpy dtype, the one object with a state that we accept: `(version, byte order, …)`. */
function refuseBigEndian(state: unknown): void {
  if (Array.isArray(state) && state[1] === '>') {
    throw new UserError('raw-data-invalid', 'numpy scalars in big-endian byte order are not supported');
  }
}

function readInteger(text: string): number | boolean {
  if (text === '01') return true;
  return text === '00' ? false : Number(text);
}

function littleEndianInteger(bytes: Uint8Array): number {
  let value = 0n;
  for (const [i, byte] of bytes.entries()) value |= BigInt(byte) << BigInt(8 * i);
  const last = bytes.at(-1);
  if (last !== undefined && last >= 0x80) value -= 1n << BigInt(8 * bytes.length);
  return Number(value);
}

function tuple(items: unknown[]): PythonTuple {
  const result = new PythonTuple();
  result.push(...items);
  return result;
}

function append(machine: PickleMachine, items: unknown[]): void {
  const list = machine.top();
  if (!Array.isArray(list)) throw new RangeError('append to something that is no list');
  list.push(...(items as never[]));
}

function setItems(target: unknown, pairs: unknown[]): unknown {
  if (target === null || typeof target !== 'object') throw new RangeError('set an item of something that is no dict');
  const entries: [string, unknown][] = [];
  for (let i = 0; i + 1 < pairs.length; i += 2) entries.push([String(pairs[i]), pairs[i + 1]]);
  // defineProperty-like assignment keeps a "__proto__" key plain data.
  for (const [key, value] of entries)
    Object.defineProperty(target, key, {value, enumerable: true, writable: true, configurable: true});
  return target;
}

function pythonName(module: string, name: string): PythonName {
  return {python: `${module}.${name}`};
}

const SCALAR_NAMES = new Set(['numpy.core.multiarray.scalar', 'numpy._core.multiarray.scalar']);

/** Makes the only two calls that plain data needs: `numpy.dtype(kind, …)` and numpy's `scalar(dtype, bytes)`. */
function call(callee: unknown, args: unknown): unknown {
  const name = (callee as PythonName).python;
  const [first, second] = args as unknown[];
  if (name === 'numpy.dtype') return {dtype: String(first)} satisfies Dtype;
  if (SCALAR_NAMES.has(name)) return readScalar((first as Dtype).dtype, second);
  throw new UserError('raw-data-invalid', `the pickle asks to call ${name}, which is not plain data`);
}

function readScalar(dtype: string, data: unknown): unknown {
  // Protocols below 3 store bytes as Latin-1 text.
  const bytes = typeof data === 'string' ? Uint8Array.from(data, char => char.charCodeAt(0)) : data;
  if (!(bytes instanceof Uint8Array)) throw new RangeError('a numpy scalar without bytes');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  switch (dtype) {
    case 'i1':
      return view.getInt8(0);
    case 'i2':
      return view.getInt16(0, true);
    case 'i4':
      return view.getInt32(0, true);
    case 'i8':
      return Number(view.getBigInt64(0, true));
    case 'u1':
      return view.getUint8(0);
    case 'u2':
      return view.getUint16(0, true);
    case 'u4':
      return view.getUint32(0, true);
    case 'u8':
      return Number(view.getBigUint64(0, true));
    case 'f4':
      return view.getFloat32(0, true);
    case 'f8':
      return view.getFloat64(0, true);
    case 'b1':
      return view.getUint8(0) !== 0;
    default:
      if (/^U\d+$/.test(dtype)) return decodeUtf32(view);
      throw new UserError('raw-data-invalid', `numpy scalars of type ${dtype} are not supported`);
  }
}

function decodeUtf32(view: DataView): string {
  let text = '';
  for (let at = 0; at + 4 <= view.byteLength; at += 4) {
    const code = view.getUint32(at, true);
    if (code !== 0) text += String.fromCodePoint(code);
  }
  return text;
}
