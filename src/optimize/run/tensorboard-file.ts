import {appendFileSync, mkdirSync, readdirSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';

import type {Clock} from '../../core/clock.ts';
import {cannotWrite} from '../../record/disk/atomic-file.ts';

/**
 * An event file of TensorBoard with scalars: TFRecord frames (length, its masked CRC-32C, data, its masked CRC-32C) of
 * `tensorflow.Event` messages in protocol-buffer wire form.
 */
export class TensorboardFile {
  readonly #path: string;
  readonly #clock: Clock;

  /** Replaces the event files of an earlier attempt. @throws UserError `cannot-write`. */
  constructor(folder: string, clock: Clock) {
    const seconds = Math.floor(clock.now() / 1000);
    this.#clock = clock;
    this.#path = join(folder, `events.out.tfevents.${String(seconds).padStart(10, '0')}.mac`);
    try {
      mkdirSync(folder, {recursive: true});
      for (const name of readdirSync(folder)) {
        if (name.startsWith('events.out.tfevents.')) rmSync(join(folder, name));
      }
      writeFileSync(this.#path, frame(Buffer.concat([this.#time(), bytesField(3, Buffer.from('brain.Event:2'))])));
    } catch (error) {
      throw cannotWrite(folder, error);
    }
  }

  /** @throws UserError `cannot-write`. */
  write(name: string, value: number, step: number): void {
    const simple = Buffer.alloc(5);
    simple.writeUInt8((2 << 3) | 5, 0);
    simple.writeFloatLE(value, 1);
    const entry = Buffer.concat([bytesField(1, Buffer.from(name)), simple]);
    const event = [this.#time(), Buffer.from([2 << 3]), varint(step), bytesField(5, bytesField(1, entry))];
    try {
      appendFileSync(this.#path, frame(Buffer.concat(event)));
    } catch (error) {
      throw cannotWrite(this.#path, error);
    }
  }

  #time(): Buffer {
    const field = Buffer.alloc(9);
    field.writeUInt8((1 << 3) | 1, 0);
    field.writeDoubleLE(this.#clock.now() / 1000, 1);
    return field;
  }
}

function bytesField(number: number, bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from([(number << 3) | 2]), varint(bytes.length), bytes]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let left = value; ; left = Math.floor(left / 128)) {
    if (left < 128) return Buffer.from([...bytes, left]);
    bytes.push((left % 128) | 128);
  }
}

function frame(data: Buffer): Buffer {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(data.length));
  return Buffer.concat([length, maskedCrc(length), data, maskedCrc(data)]);
}

/** TFRecord's mask: the checksum turned right by 15 bits, plus a constant. */
function maskedCrc(data: Buffer): Buffer {
  const crc = crc32c(data);
  const masked = (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(masked);
  return bytes;
}

/** CRC-32C (Castagnoli, reflected polynomial 0x82f63b78). */
function crc32c(data: Buffer): number {
  let crc = 0xffffffff;
  for (const byte of data) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}
