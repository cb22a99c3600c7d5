import { gzipSync } from 'node:zlib';
import { crc32c } from './crc32c.ts';

type Bytes = Buffer | string;

/** A message as kafkajs takes it. */
export interface BatchMessage {
  readonly key?: Bytes | null | undefined;
  readonly value: Bytes | null;
  /** Milliseconds; without it, the time of the batch. */
  readonly timestamp?: string | undefined;
  readonly headers?: { readonly [name: string]: Bytes | readonly Bytes[] | undefined } | undefined;
}

/** Where the fields of a batch are. https://kafka.apache.org/documentation/#recordbatch */
const batch = {
  length: 8,
  magic: 16,
  crc: 17,
  attributes: 21,
  lastOffsetDelta: 23,
  firstTimestamp: 27,
  maxTimestamp: 35,
  producerId: 43,
  count: 57,
  records: 61,
} as const;

const magic = 2;
const maxVarintBytes = 10;
/** A record of 64 bytes to 8 kB needs two bytes for its length. */
const likelyLengthBytes = 2;
/**
 * Fewer bytes are not worth the setup of a compressor: docs/adr/0034-compressed-batches.md. A batch with a
 * single prediction stays below it.
 */
export const compressedFromBytes = 4 * 1024;

/** In the attributes of a batch. Of the codecs, every client reads this one without an add-on. */
const gzip = 1;

/** For texts up to this length, a loop over the characters is faster than a call of `Buffer.write`. */
const shortChars = 24;

/** Size of the last batch and an eighth more: the next batch probably needs no more. */
let likelyBatchBytes = 4 * 1024;

/**
 * Encodes messages as one record batch, without a transaction, and compresses its records where that pays.
 * The plain bytes are the same as kafkajs's. kafkajs makes a buffer of each record, each header and each
 * number; here all of them are written into one buffer.
 */
export function encodeRecordBatch(messages: readonly BatchMessage[], nowMs: number): Buffer {
  return packed(encodePlainBatch(messages, nowMs));
}

/** The batch with its records compressed, if they are many bytes. Its fields stay as they are. */
function packed(plain: Buffer): Buffer {
  if (plain.length < compressedFromBytes) return plain;
  // The fastest level.
  const records = gzipSync(plain.subarray(batch.records), { level: 1 });
  const whole = Buffer.concat([plain.subarray(0, batch.records), records]);
  whole.writeInt16BE(gzip, batch.attributes);
  return sealed(whole);
}

/** Writes what depends on all bytes of a batch: its length and its checksum. */
function sealed(bytes: Buffer): Buffer {
  bytes.writeInt32BE(bytes.length - batch.length - 4, batch.length);
  bytes.writeUInt32BE(crc32c(bytes.subarray(batch.attributes)), batch.crc);
  return bytes;
}

/** Without compression. */
export function encodePlainBatch(messages: readonly BatchMessage[], nowMs: number): Buffer {
  const { first, last } = timeRange(messages, nowMs);
  const writer = new Writer(likelyBatchBytes);
  let offsetDelta = 0;
  for (const message of messages) {
    writer.record(message, Number(message.timestamp || nowMs) - first, offsetDelta++);
  }
  const encoded = writer.written();
  encoded.fill(0, 0, batch.records);
  encoded.writeInt8(magic, batch.magic);
  encoded.writeInt32BE(messages.length - 1, batch.lastOffsetDelta);
  encoded.writeBigInt64BE(BigInt(first), batch.firstTimestamp);
  encoded.writeBigInt64BE(BigInt(last), batch.maxTimestamp);
  encoded.writeBigInt64BE(-1n, batch.producerId);
  encoded.writeInt32BE(messages.length, batch.count);
  likelyBatchBytes = encoded.length + (encoded.length >>> 3);
  return sealed(encoded);
}

function timeRange(messages: readonly BatchMessage[], nowMs: number) {
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (const { timestamp } of messages) {
    if (timestamp === undefined) continue;
    first = Math.min(first, Number(timestamp));
    last = Math.max(last, Number(timestamp));
  }
  return first <= last ? { first, last } : { first: nowMs, last: nowMs };
}

/**
 * Writes records into a buffer that grows. Room for the batch's own fields is left before the first record.
 */
class Writer {
  #bytes: Buffer;
  #at: number = batch.records;

  constructor(bytes: number) {
    this.#bytes = Buffer.allocUnsafe(bytes);
  }

  written(): Buffer {
    return this.#bytes.subarray(0, this.#at);
  }

  /** https://kafka.apache.org/documentation/#record */
  record({ key, value, headers }: BatchMessage, timestampDelta: number, offsetDelta: number): void {
    this.#reserve(4 * maxVarintBytes);
    const start = this.#at;
    this.#at += likelyLengthBytes;
    this.#bytes[this.#at++] = 0;
    this.#varint(timestampDelta);
    this.#varint(offsetDelta);
    this.#field(key);
    this.#field(value);
    this.#headers(headers);
    this.#prefixLength(start, likelyLengthBytes);
  }

  #headers(headers: BatchMessage['headers'] = {}): void {
    let count = 0;
    for (const name in headers) count += lengthOf(headers[name]);
    this.#reserve(maxVarintBytes);
    this.#varint(count);
    for (const name in headers) {
      const value = headers[name];
      for (const each of isList(value) ? value : [value]) {
        this.#field(name);
        this.#field(each);
      }
    }
  }

  /** Writes a length and the bytes, or the length -1 for null. */
  #field(value: Bytes | null | undefined): void {
    if (value === null || value === undefined) {
      this.#reserve(maxVarintBytes);
      this.#varint(-1);
    } else if (typeof value === 'string') {
      this.#text(value);
    } else {
      this.#reserve(maxVarintBytes + value.length);
      this.#varint(value.length);
      this.#bytes.set(value, this.#at);
      this.#at += value.length;
    }
  }

  #text(text: string): void {
    this.#reserve(maxVarintBytes + 3 * text.length);
    const start = this.#at;
    const likely = varintBytes(text.length);
    this.#at += likely;
    if (text.length > shortChars || !this.#ascii(text)) this.#at += this.#bytes.write(text, this.#at);
    this.#prefixLength(start, likely);
  }

  /** Writes the text if it is ASCII. Otherwise returns false, and the position has not moved. */
  #ascii(text: string): boolean {
    const bytes = this.#bytes;
    const at = this.#at;
    for (let i = 0; i < text.length; i++) {
      const char = text.charCodeAt(i);
      if (char > 0x7f) return false;
      bytes[at + i] = char;
    }
    this.#at += text.length;
    return true;
  }

  /**
   * Writes the number of bytes since `start` in front of them, where `room` bytes were left free. Moves the
   * bytes if the number takes more room or less.
   */
  #prefixLength(start: number, room: number): void {
    const length = this.#at - start - room;
    const needed = varintBytes(length);
    if (needed !== room) {
      this.#reserve(maxVarintBytes);
      this.#bytes.copyWithin(start + needed, start + room, this.#at);
    }
    this.#at = start;
    this.#varint(length);
    this.#at += length;
  }

  /** Zigzag, seven bits a byte, the lowest first. Arithmetic works up to 2^53; shifts would stop at 2^32. */
  #varint(value: number): void {
    let rest = value < 0 ? -2 * value - 1 : 2 * value;
    while (rest > 0x7f) {
      this.#bytes[this.#at++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.#bytes[this.#at++] = rest;
  }

  #reserve(bytes: number): void {
    if (this.#at + bytes <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafe(2 * (this.#at + bytes));
    this.#bytes.copy(grown, 0, 0, this.#at);
    this.#bytes = grown;
  }
}

function varintBytes(length: number): number {
  let bytes = 1;
  for (let rest = 2 * length; rest > 0x7f; rest = Math.floor(rest / 0x80)) bytes++;
  return bytes;
}

const isList = (value: Bytes | readonly Bytes[] | undefined) => Array.isArray(value);
const lengthOf = (value: Bytes | readonly Bytes[] | undefined) => (Array.isArray(value) ? value.length : 1);
