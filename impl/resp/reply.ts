import { assert, CHECKED } from "../assert.ts";
import { copyBytes } from "./copy.ts";
import { LARGE_BYTES, LargeBuffers } from "./large-buffers.ts";

/**
 * The reply writer: RESP2 or RESP3, straight into a growing byte buffer.
 *
 * Handlers write through it and never see the protocol version, except where Redis itself gives
 * another answer in RESP3. Format: https://redis.io/docs/latest/develop/reference/protocol-spec/
 */
export type ProtocolVersion = 2 | 3;

function ignore(): void {}

const CR = 13;
const LF = 10;

/** The buffer of a connection that has said little: there may be ten thousand of them. */
const INITIAL_BYTES = 512;

/** The longest opening of an array or a map. */
const openingBytes = new Uint8Array(24);

/** Texts up to this length are written character by character, which is faster than a native call. */
const SHORT_TEXT = 48;

export class ReplyWriter {
  /** The encoded replies are `bytes[0..length)`. */
  bytes: Buffer;
  length = 0;
  protocol: ProtocolVersion = 2;
  /** Told of every error reply: error statistics. */
  onError: (text: string) => void = ignore;
  /** Beyond so many bytes what waits is cut, since its client is closed for it; Infinity for never. */
  mostBytes = Number.POSITIVE_INFINITY;
  /** From here on what waits was not complete when it was begun: Redis has all of that in its list. */
  listedFrom = Number.POSITIVE_INFINITY;
  /** Where the bytes begin that are written over since they were cut; -1 while nothing was. */
  #cutFrom = -1;

  readonly #large: LargeBuffers;
  /** The buffer for what is short, while a large one is in use. */
  #small: Buffer | null = null;

  /** @param large where buffers for long replies come from and go to */
  constructor(large = new LargeBuffers(), capacityBytes = INITIAL_BYTES) {
    this.#large = large;
    this.bytes = Buffer.allocUnsafeSlow(capacityBytes);
  }

  /** Makes room for `more` bytes beyond `length`. */
  reserve(more: number): void {
    if (CHECKED) {
      assert(more >= 0 && Number.isSafeInteger(more), "room for a number of bytes");
      assert(this.length <= this.bytes.length, "what was written had room");
    }
    if (this.length + more > this.bytes.length) this.#makeRoom(more);
  }

  /** True when more was written than may be: nothing of it will be sent. */
  get isCut(): boolean {
    return this.#cutFrom >= 0;
  }

  /** What is cut takes no more room than the longest piece of it. */
  #makeRoom(more: number): void {
    if (!this.isCut && this.length + more > this.mostBytes) this.#cutFrom = this.length;
    if (this.isCut) this.length = this.#cutFrom;
    const need = this.length + more;
    if (need <= this.bytes.length) return;
    let capacity = this.bytes.length * 2;
    while (capacity < need) capacity *= 2;
    const present = this.bytes;
    const grown = this.#allocate(capacity);
    grown.set(present.subarray(0, this.length));
    if (present.length >= LARGE_BYTES) this.#large.give(present);
    else if (grown.length >= LARGE_BYTES) this.#small = present;
    this.bytes = grown;
  }

  /** Drops everything from `mark` on: a handler that fails half-way takes its reply back. */
  truncate(mark: number): void {
    if (CHECKED) assert(mark >= 0, "a mark is a length");
    if (mark <= this.#cutFrom) this.#cutFrom = -1;
    if (mark <= this.listedFrom) this.listedFrom = Number.POSITIVE_INFINITY;
    if (mark < this.length) this.length = mark;
  }

  /**
   * Starts anew after the bytes were sent; in another buffer if the sent one must be left alone, or
   * if it is a large one.
   */
  sent(reusable: boolean): void {
    this.length = 0;
    this.listedFrom = Number.POSITIVE_INFINITY;
    const isLarge = this.bytes.length >= LARGE_BYTES;
    if (reusable && !isLarge) return;
    if (reusable) this.#large.give(this.bytes);
    this.bytes = this.#small ?? Buffer.allocUnsafeSlow(INITIAL_BYTES);
    this.#small = null;
  }

  /** Keeps what follows the first `count` bytes, which were sent; as `sent`. */
  sentPart(count: number, reusable: boolean): void {
    const rest = this.length - count;
    if (CHECKED) assert(count >= 0 && rest >= 0, "no more was sent than there is");
    if (reusable) {
      this.bytes.copyWithin(0, count, this.length);
    } else {
      const fresh = this.#allocate(Math.max(INITIAL_BYTES, rest));
      this.bytes.copy(fresh, 0, count, this.length);
      this.bytes = fresh;
    }
    this.length = rest;
    this.listedFrom = Math.max(0, this.listedFrom - count);
  }

  /** Gives a large buffer back with what is in it, which nobody will send. */
  release(): void {
    this.truncate(0);
    this.sent(true);
  }

  #allocate(bytes: number): Buffer {
    return bytes < LARGE_BYTES ? Buffer.allocUnsafeSlow(bytes) : this.#large.take(bytes);
  }

  /** Throws unless what has been written lies in the buffer. */
  verifyInvariants(): void {
    assert(Number.isSafeInteger(this.length) && this.length >= 0, "a length in bytes");
    assert(this.length <= this.bytes.length, "what was written had room");
    assert(this.#cutFrom <= this.length, "what is cut is written over from where it was");
    assert(this.protocol === 2 || this.protocol === 3, "a protocol that clients speak");
  }

  /** `+text` — `text` is ASCII without line breaks. */
  simple(text: string): void {
    this.#line(43, text);
  }

  /** `+OK`, the most frequent reply. */
  ok(): void {
    this.reserve(5);
    const bytes = this.bytes;
    const at = this.length;
    bytes[at] = 43;
    bytes[at + 1] = 79;
    bytes[at + 2] = 75;
    bytes[at + 3] = CR;
    bytes[at + 4] = LF;
    this.length = at + 5;
  }

  /** `-text` — the text starts with its code (`ERR`, `WRONGTYPE` …); line breaks become spaces. */
  error(text: string): void {
    this.onError(text);
    this.#line(45, /[\r\n]/.test(text) ? text.replace(/[\r\n]/g, " ") : text);
  }

  /** `:value` — an integer of at most 2^53 in magnitude, or any 64-bit integer as a bigint. */
  integer(value: number | bigint): void {
    if (typeof value === "bigint") this.#line(58, value.toString());
    else this.#header(58, value);
  }

  /** `:digits` — an integer from its decimal digits. */
  integerDigits(digits: Uint8Array, length: number): void {
    this.reserve(length + 3);
    const bytes = this.bytes;
    let at = this.length;
    bytes[at++] = 58;
    for (let i = 0; i < length; i++) bytes[at++] = digits[i]!;
    bytes[at] = CR;
    bytes[at + 1] = LF;
    this.length = at + 2;
  }

  /** A null: `$-1` in RESP2, `_` in RESP3. */
  nil(): void {
    this.raw(this.protocol === 2 ? "$-1\r\n" : "_\r\n");
  }

  /** A null array: `*-1` in RESP2, `_` in RESP3. */
  nilArray(): void {
    this.raw(this.protocol === 2 ? "*-1\r\n" : "_\r\n");
  }

  /** `$length` and the bytes. */
  bulk(source: Uint8Array, offset: number, length: number): void {
    if (CHECKED) assert(length >= 0 && offset + length <= source.length, "the bytes are there");
    this.reserve(length + 24);
    const bytes = this.bytes;
    bytes[this.length] = 36;
    let at = writeDecimal(bytes, this.length + 1, length);
    bytes[at++] = CR;
    bytes[at++] = LF;
    copyBytes(source, offset, bytes, at, length);
    at += length;
    bytes[at++] = CR;
    bytes[at++] = LF;
    this.length = at;
  }

  /** A bulk string from a string with one byte per character (latin1). */
  bulkText(text: string): void {
    this.#header(36, text.length);
    this.raw(text);
    this.raw("\r\n");
  }

  /** Opens an array of `count` elements; the elements follow. */
  array(count: number): void {
    this.#header(42, count);
  }

  /** Opens a map of `count` pairs: an array of twice as many elements in RESP2. */
  map(count: number): void {
    if (this.protocol === 2) this.#header(42, count * 2);
    else this.#header(37, count);
  }

  /** Opens a set of `count` elements: an array in RESP2. */
  set(count: number): void {
    this.#header(this.protocol === 2 ? 42 : 126, count);
  }

  /** Opens a set of `count` elements that have been written already, from `mark` on. */
  setFrom(mark: number, count: number): void {
    const end = this.length;
    this.set(count);
    this.#openAt(mark, end);
  }

  /** Opens an array of `count` elements that have been written already, from `mark` on. */
  arrayFrom(mark: number, count: number): void {
    const end = this.length;
    this.array(count);
    this.#openAt(mark, end);
  }

  /** Opens a map of `count` pairs that have been written already, from `mark` on. */
  mapFrom(mark: number, count: number): void {
    const end = this.length;
    this.map(count);
    this.#openAt(mark, end);
  }

  /** Moves an opening from `end` on, where it was written last, to `mark`. */
  #openAt(mark: number, end: number): void {
    if (mark < this.listedFrom) this.listedFrom = mark;
    if (this.isCut) return;
    if (CHECKED) assert(mark >= 0 && mark <= end, "elements begin within the reply");
    const bytes = this.bytes;
    const opening = this.length - end;
    for (let i = 0; i < opening; i++) openingBytes[i] = bytes[end + i]!;
    bytes.copyWithin(mark + opening, mark, end);
    for (let i = 0; i < opening; i++) bytes[mark + i] = openingBytes[i]!;
  }

  /** Opens a push of `count` elements: an array in RESP2. */
  push(count: number): void {
    this.#header(this.protocol === 2 ? 42 : 62, count);
  }

  /** A boolean: `:1`/`:0` in RESP2, `#t`/`#f` in RESP3. */
  bool(value: boolean): void {
    if (this.protocol === 2) this.raw(value ? ":1\r\n" : ":0\r\n");
    else this.raw(value ? "#t\r\n" : "#f\r\n");
  }

  /** A double from its text: a bulk string in RESP2, `,text` in RESP3. */
  doubleText(text: string): void {
    if (this.protocol === 2) this.bulkText(text);
    else this.#line(44, text);
  }

  /** A verbatim string: a bulk string in RESP2, `=length` with a three-letter format in RESP3. */
  verbatim(format: string, text: string): void {
    if (this.protocol === 2) {
      this.bulkText(text);
      return;
    }
    this.#header(61, text.length + 4);
    this.raw(`${format}:`);
    this.raw(text);
    this.raw("\r\n");
  }

  /** Appends bytes as they are. */
  append(source: Uint8Array, offset: number, length: number): void {
    this.reserve(length);
    this.#copy(source, offset, length);
  }

  /** Appends a string with one byte per character as it is. */
  raw(text: string): void {
    this.reserve(text.length);
    const bytes = this.bytes;
    const at = this.length;
    if (text.length > SHORT_TEXT) {
      this.bytes.write(text, at, "latin1");
    } else {
      for (let i = 0; i < text.length; i++) bytes[at + i] = text.charCodeAt(i);
    }
    this.length = at + text.length;
  }

  #line(type: number, text: string): void {
    this.reserve(1);
    this.bytes[this.length++] = type;
    this.raw(text);
    this.raw("\r\n");
  }

  #copy(source: Uint8Array, offset: number, length: number): void {
    copyBytes(source, offset, this.bytes, this.length, length);
    this.length += length;
  }

  /** `<type><decimal>\r\n` without making a string. */
  #header(type: number, value: number): void {
    if (CHECKED) assert(Number.isSafeInteger(value), "an integer of a reply is exact");
    this.reserve(24);
    const bytes = this.bytes;
    let at = this.length;
    bytes[at++] = type;
    if (value < 0) {
      bytes[at++] = 45;
      value = -value;
    }
    at = writeDecimal(bytes, at, value);
    bytes[at] = CR;
    bytes[at + 1] = LF;
    this.length = at + 2;
  }
}

/**
 * Writes a non-negative integer below 2^53 in decimal at `at`.
 *
 * @returns the offset after the last digit
 */
export function writeDecimal(bytes: Uint8Array, at: number, value: number): number {
  if (CHECKED) assert(value >= 0 && Number.isSafeInteger(value), "a non-negative integer");
  if (value < 10) {
    bytes[at] = 48 + value;
    return at + 1;
  }
  let digits = 2;
  for (let bound = 100; value >= bound; bound *= 10) digits++;
  const end = at + digits;
  let cursor = end;
  while (value > 0x3fffffff) {
    const quotient = Math.floor(value / 10);
    bytes[--cursor] = 48 + (value - quotient * 10);
    value = quotient;
  }
  let small = value | 0;
  while (cursor > at) {
    const quotient = (small / 10) | 0;
    bytes[--cursor] = 48 + (small - quotient * 10);
    small = quotient;
  }
  return end;
}
