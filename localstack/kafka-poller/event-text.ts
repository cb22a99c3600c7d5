/** Builds an ASCII text in one buffer, which is reused for the next text. */
export class EventText {
  #bytes = Buffer.allocUnsafeSlow(MIN_BYTES);
  #at = 0;

  get length(): number {
    return this.#at;
  }

  /**
   * Makes room for that many more bytes. No other method does: the caller asks once per record, for the most
   * that it can need.
   */
  reserve(bytes: number) {
    const needed = this.#at + bytes;
    if (needed <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2));
    this.#bytes.copy(larger, 0, 0, this.#at);
    this.#bytes = larger;
  }

  clear() {
    this.#at = 0;
  }

  byte(byte: number) {
    this.#bytes[this.#at++] = byte;
  }

  bytes(bytes: Uint8Array) {
    this.#bytes.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  /** ASCII only. */
  text(text: string) {
    this.#at += this.#bytes.write(text, this.#at, 'latin1');
  }

  /** Writes the text between `from` and `to` again. */
  repeat(from: number, to: number) {
    this.#bytes.copyWithin(this.#at, from, to);
    this.#at += to - from;
  }

  /** Writes a whole number of at most 2^53. */
  number(number: number) {
    if (number < 0) {
      this.byte(MINUS);
      this.number(-number);
    } else if (number >= 1e9) {
      const high = Math.floor(number / 1e9);
      this.number(high);
      this.#digits(number - high * 1e9, 9);
    } else this.#digits(number, digitsOf(number));
  }

  #digits(number: number, count: number) {
    const bytes = this.#bytes;
    let rest = number | 0;
    for (let at = this.#at + count - 1; at >= this.#at; at--) {
      const tenth = (rest / 10) | 0;
      bytes[at] = ZERO + rest - tenth * 10;
      rest = tenth;
    }
    this.#at += count;
  }

  base64(source: Buffer, from: number, to: number) {
    if (to - from > MAX_BYTES_BY_HAND) {
      this.text(source.toString('base64', from, to));
      return;
    }
    const bytes = this.#bytes;
    let at = this.#at;
    const whole = to - ((to - from) % 3);
    let i = from;
    for (; i < whole; i += 3) {
      const three =
        ((source[i] as number) << 16) | ((source[i + 1] as number) << 8) | (source[i + 2] as number);
      bytes[at] = BASE64[three >> 18] as number;
      bytes[at + 1] = BASE64[(three >> 12) & 63] as number;
      bytes[at + 2] = BASE64[(three >> 6) & 63] as number;
      bytes[at + 3] = BASE64[three & 63] as number;
      at += 4;
    }
    if (i < to) {
      const two = to - i === 2;
      const rest = ((source[i] as number) << 16) | (two ? (source[i + 1] as number) << 8 : 0);
      bytes[at] = BASE64[rest >> 18] as number;
      bytes[at + 1] = BASE64[(rest >> 12) & 63] as number;
      bytes[at + 2] = two ? (BASE64[(rest >> 6) & 63] as number) : PADDING;
      bytes[at + 3] = PADDING;
      at += 4;
    }
    this.#at = at;
  }

  /** Writes bytes as a JSON list of Java's signed bytes, -128 to 127. */
  signedBytes(source: Buffer, from: number, to: number) {
    const bytes = this.#bytes;
    let at = this.#at;
    bytes[at++] = OPEN;
    for (let i = from; i < to; i++) {
      const byte = source[i] as number;
      let rest = byte;
      if (byte > 127) {
        bytes[at++] = MINUS;
        rest = 256 - byte;
      }
      if (rest > 99) {
        bytes[at++] = ZERO + 1;
        rest -= 100;
        const tens = (rest * 103) >> 10;
        bytes[at++] = ZERO + tens;
        rest -= tens * 10;
      } else if (rest > 9) {
        const tens = (rest * 103) >> 10;
        bytes[at++] = ZERO + tens;
        rest -= tens * 10;
      }
      bytes[at++] = ZERO + rest;
      bytes[at++] = COMMA;
    }
    if (to > from) at--;
    bytes[at++] = CLOSE;
    this.#at = at;
  }

  /**
   * Returns the text in a buffer of its own, and starts anew. Frees the shared buffer if a large text has
   * made it large.
   */
  take(): Buffer {
    const taken = Buffer.allocUnsafeSlow(this.#at);
    this.#bytes.copy(taken, 0, 0, this.#at);
    this.#at = 0;
    if (this.#bytes.length > MAX_KEPT_BYTES) this.#bytes = Buffer.allocUnsafeSlow(MIN_BYTES);
    return taken;
  }
}

const MIN_BYTES = 256 * 1024;
const MAX_KEPT_BYTES = 4 * 1024 * 1024;
/** In bytes. Node's encoder is faster per byte, but costs a call and a string each time. */
const MAX_BYTES_BY_HAND = 64;

const BASE64 = Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/');
const PADDING = 0x3d;
const ZERO = 0x30;
const MINUS = 0x2d;
const COMMA = 0x2c;
const OPEN = 0x5b;
const CLOSE = 0x5d;

function digitsOf(number: number): number {
  let count = 1;
  for (let bound = 10; number >= bound; bound *= 10) count++;
  return count;
}
