import { assert, CHECKED } from "../assert.ts";

/** Bytes of the longest text: two numbers of twenty digits and what parts them. */
export const MAX_ID_TEXT = 41;
/** Bytes of an id as RDB files have it. */
export const ID_BYTES = 16;

const TWO_32 = 2 ** 32;
const DASH = 0x2d;
const ZERO = 0x30;
/** Numbers whose high word is less are exact. */
const EXACT_HIGH = 2 ** 21;
const STEP_DIGITS = 6;
const STEP = 10 ** STEP_DIGITS;

/**
 * The id of an entry: milliseconds and a sequence, unsigned numbers of 64 bits, each in two words
 * that are kept as signed ones. It is reused, so that ids cost no objects.
 */
export class StreamId {
  msHigh = 0;
  msLow = 0;
  sequenceHigh = 0;
  sequenceLow = 0;

  set(msHigh: number, msLow: number, sequenceHigh: number, sequenceLow: number): void {
    this.msHigh = msHigh | 0;
    this.msLow = msLow | 0;
    this.sequenceHigh = sequenceHigh | 0;
    this.sequenceLow = sequenceLow | 0;
  }

  /** Takes another one's value. */
  copy(from: StreamId): this {
    this.msHigh = from.msHigh;
    this.msLow = from.msLow;
    this.sequenceHigh = from.sequenceHigh;
    this.sequenceLow = from.sequenceLow;
    return this;
  }

  /** The first id of a millisecond, which is a number that is exact. */
  setTime(ms: number): this {
    if (CHECKED) assert(Number.isSafeInteger(ms) && ms >= 0, "milliseconds");
    this.set(ms / TWO_32, ms, 0, 0);
    return this;
  }

  /** The least id: 0-0. */
  setLeast(): this {
    this.set(0, 0, 0, 0);
    return this;
  }

  /** The greatest id. */
  setGreatest(): this {
    this.set(-1, -1, -1, -1);
    return this;
  }

  /** An id of two numbers of 64 bits. For cold paths. */
  setParts(ms: bigint, sequence: bigint): this {
    this.set(
      Number(BigInt.asIntN(32, ms >> 32n)),
      Number(BigInt.asIntN(32, ms)),
      Number(BigInt.asIntN(32, sequence >> 32n)),
      Number(BigInt.asIntN(32, sequence)),
    );
    return this;
  }

  get ms(): bigint {
    return unsigned(this.msHigh, this.msLow);
  }

  get sequence(): bigint {
    return unsigned(this.sequenceHigh, this.sequenceLow);
  }

  get isLeast(): boolean {
    return (this.msHigh | this.msLow | this.sequenceHigh | this.sequenceLow) === 0;
  }

  get isGreatest(): boolean {
    return (this.msHigh & this.msLow & this.sequenceHigh & this.sequenceLow) === -1;
  }

  /** Negative, 0 or positive as this is less than, equal to or greater than the other. */
  compare(other: StreamId): number {
    if (this.msHigh !== other.msHigh) return (this.msHigh >>> 0) - (other.msHigh >>> 0);
    if (this.msLow !== other.msLow) return (this.msLow >>> 0) - (other.msLow >>> 0);
    if (this.sequenceHigh !== other.sequenceHigh) {
      return (this.sequenceHigh >>> 0) - (other.sequenceHigh >>> 0);
    }
    return (this.sequenceLow >>> 0) - (other.sequenceLow >>> 0);
  }

  /** Becomes the id behind; behind the greatest comes the least. */
  increment(): this {
    this.sequenceLow = (this.sequenceLow + 1) | 0;
    if (this.sequenceLow !== 0) return this;
    this.sequenceHigh = (this.sequenceHigh + 1) | 0;
    if (this.sequenceHigh !== 0) return this;
    this.msLow = (this.msLow + 1) | 0;
    if (this.msLow === 0) this.msHigh = (this.msHigh + 1) | 0;
    return this;
  }

  /** Becomes the id before; before the least comes the greatest. */
  decrement(): this {
    this.sequenceLow = (this.sequenceLow - 1) | 0;
    if (this.sequenceLow !== -1) return this;
    this.sequenceHigh = (this.sequenceHigh - 1) | 0;
    if (this.sequenceHigh !== -1) return this;
    this.msLow = (this.msLow - 1) | 0;
    if (this.msLow === -1) this.msHigh = (this.msHigh - 1) | 0;
    return this;
  }

  /** Writes the text to the end of `target`, which has `MAX_ID_TEXT` bytes, and returns where it begins. */
  format(target: Uint8Array): number {
    if (CHECKED) assert(target.length === MAX_ID_TEXT, "room for the longest text");
    const dash = writeUnsigned(target, MAX_ID_TEXT, this.sequenceHigh, this.sequenceLow) - 1;
    target[dash] = DASH;
    return writeUnsigned(target, dash, this.msHigh, this.msLow);
  }

  /** As clients see it. For cold paths. */
  get text(): string {
    return `${this.ms}-${this.sequence}`;
  }

  /** Writes it as RDB files have it: big-endian. */
  write(target: Uint8Array, at: number): void {
    writeBigEndian(target, at, this.msHigh);
    writeBigEndian(target, at + 4, this.msLow);
    writeBigEndian(target, at + 8, this.sequenceHigh);
    writeBigEndian(target, at + 12, this.sequenceLow);
  }

  /** Reads what `write` has written. */
  read(source: Uint8Array, at: number): void {
    this.set(
      readBigEndian(source, at),
      readBigEndian(source, at + 4),
      readBigEndian(source, at + 8),
      readBigEndian(source, at + 12),
    );
  }
}

function unsigned(high: number, low: number): bigint {
  return (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
}

/** Writes a number so that it ends before `end`, and returns where it begins. */
function writeUnsigned(target: Uint8Array, end: number, high: number, low: number): number {
  const upper = high >>> 0;
  if (upper < EXACT_HIGH) return writeExact(target, end, upper * TWO_32 + (low >>> 0));
  const text = unsigned(high, low).toString();
  const start = end - text.length;
  for (let i = 0; i < text.length; i++) target[start + i] = text.charCodeAt(i);
  return start;
}

/** `writeUnsigned` of a number that is exact, some digits at a time: times of today have thirteen. */
function writeExact(target: Uint8Array, end: number, value: number): number {
  let at = end;
  let rest = value;
  while (rest >= STEP) {
    const quotient = Math.floor(rest / STEP);
    let some = (rest - quotient * STEP) | 0;
    for (let left = STEP_DIGITS; left > 0; left--) {
      const tenth = (some / 10) | 0;
      target[--at] = ZERO + some - tenth * 10;
      some = tenth;
    }
    rest = quotient;
  }
  let some = rest | 0;
  do {
    const tenth = (some / 10) | 0;
    target[--at] = ZERO + some - tenth * 10;
    some = tenth;
  } while (some > 0);
  return at;
}

function writeBigEndian(target: Uint8Array, at: number, word: number): void {
  target[at] = word >>> 24;
  target[at + 1] = word >>> 16;
  target[at + 2] = word >>> 8;
  target[at + 3] = word;
}

function readBigEndian(source: Uint8Array, at: number): number {
  return (source[at]! << 24) | (source[at + 1]! << 16) | (source[at + 2]! << 8) | source[at + 3]!;
}
