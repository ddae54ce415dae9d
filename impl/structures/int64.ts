import { assert, CHECKED } from "../assert.ts";

/** The longest decimal text of a 64-bit integer: a sign and nineteen digits. */
export const MAX_INT64_TEXT = 20;

const MINUS = 0x2d;
const ZERO = 0x30;
const LIMBS = 4;
const DIGITS_PER_STEP = 4;
const STEP = 10_000;
const POWERS = [1, 10, 100, 1000, STEP];

/** The magnitude that is read or written: four limbs of 16 bits, the lowest first. */
const limbs = new Int32Array(LIMBS);

/**
 * A signed 64-bit integer in two words, which is exact where a number is not, and is reused, so
 * that reading one allocates nothing.
 */
export class Int64 {
  /** The low 32 bits, as a signed word. */
  low = 0;
  /** The high 32 bits, signed. */
  high = 0;

  set(low: number, high: number): void {
    this.low = low | 0;
    this.high = high | 0;
  }

  /** A value of 32 bits. */
  setWord(value: number): this {
    this.low = value | 0;
    this.high = this.low >> 31;
    return this;
  }

  /** Takes another one's value. */
  copy(from: Int64): this {
    this.low = from.low;
    this.high = from.high;
    return this;
  }

  /** Precondition: `value` is a safe integer. */
  setNumber(value: number): void {
    if (CHECKED) assert(Number.isSafeInteger(value), "a number that is exact");
    this.low = value | 0;
    this.high = Math.floor(value / 0x100000000);
  }

  /** The value as a number: exact within 53 bits, else rounded. */
  toNumber(): number {
    return this.high * 0x100000000 + (this.low >>> 0);
  }

  /** The value, whatever it is: a number where that is exact. */
  toInteger(): number | bigint {
    const value = this.toNumber();
    if (Number.isSafeInteger(value)) return value;
    return (BigInt(this.high) << 32n) | BigInt(this.low >>> 0);
  }

  /** Precondition: `value` has 64 bits. */
  setInteger(value: number | bigint): void {
    if (typeof value === "number") this.setNumber(value);
    else this.set(Number(BigInt.asIntN(32, value)), Number(BigInt.asIntN(32, value >> 32n)));
  }

  /** Adds 1; behind the greatest comes the least. */
  increment(): void {
    this.low = (this.low + 1) | 0;
    if (this.low === 0) this.high = (this.high + 1) | 0;
  }

  /** True when the value is one of 32 bits. */
  get isWord(): boolean {
    return this.high === this.low >> 31;
  }

  /** Negative, 0 or positive as this is less than, equal to or greater than the other. */
  compare(low: number, high: number): number {
    if (this.high !== high) return this.high < high ? -1 : 1;
    if (this.low === low) return 0;
    return this.low >>> 0 < low >>> 0 ? -1 : 1;
  }

  /**
   * Reads a decimal text in the one form that writing gives: no plus, no leading zero, no -0.
   * False, with the value void, when it is not that or has more than 64 bits.
   */
  parse(bytes: Uint8Array, offset: number, length: number): boolean {
    const negative = length > 0 && bytes[offset] === MINUS;
    const end = offset + length;
    let at = negative ? offset + 1 : offset;
    if (at === end || length > MAX_INT64_TEXT) return false;
    if (bytes[at] === ZERO) {
      this.set(0, 0);
      return length === 1;
    }
    if (end - at <= 9) return this.#parseWord(bytes, at, end, negative);
    limbs.fill(0);
    while (at < end) {
      const stop = Math.min(at + DIGITS_PER_STEP, end);
      const power = POWERS[stop - at]!;
      let carry = 0;
      for (; at < stop; at++) {
        const digit = bytes[at]! - ZERO;
        if (digit < 0 || digit > 9) return false;
        carry = carry * 10 + digit;
      }
      for (let i = 0; i < LIMBS; i++) {
        carry += limbs[i]! * power;
        limbs[i] = carry & 0xffff;
        carry >>>= 16;
      }
      if (carry !== 0) return false;
    }
    return this.#takeMagnitude(negative);
  }

  #parseWord(bytes: Uint8Array, from: number, end: number, negative: boolean): boolean {
    let value = 0;
    for (let at = from; at < end; at++) {
      const digit = bytes[at]! - ZERO;
      if (digit < 0 || digit > 9) return false;
      value = value * 10 + digit;
    }
    this.low = negative ? -value : value;
    this.high = this.low >> 31;
    return true;
  }

  #takeMagnitude(negative: boolean): boolean {
    const low = limbs[0]! | (limbs[1]! << 16);
    const high = limbs[2]! | (limbs[3]! << 16);
    if (negative) {
      this.low = -low | 0;
      this.high = low === 0 ? -high | 0 : ~high;
      return this.high < 0;
    }
    this.low = low;
    this.high = high;
    return high >= 0;
  }

  /** Writes the decimal text so that it ends before `end`, and returns where it begins. Precondition: there are `MAX_INT64_TEXT` bytes. */
  format(target: Uint8Array, end: number): number {
    if (CHECKED) assert(end >= MAX_INT64_TEXT, "room for the longest text");
    const negative = this.high < 0;
    let at = this.isWord ? this.#formatWord(target, end) : this.#formatLimbs(target, end);
    if (negative) target[--at] = MINUS;
    return at;
  }

  #formatWord(target: Uint8Array, end: number): number {
    let rest = Math.abs(this.low);
    let at = end;
    do {
      const quotient = (rest / 10) >>> 0;
      target[--at] = ZERO + rest - quotient * 10;
      rest = quotient;
    } while (rest !== 0);
    return at;
  }

  #formatLimbs(target: Uint8Array, end: number): number {
    const negative = this.high < 0;
    const low = negative ? -this.low | 0 : this.low;
    let high = this.high;
    if (negative) high = low === 0 ? -high | 0 : ~high;
    limbs[0] = low & 0xffff;
    limbs[1] = low >>> 16;
    limbs[2] = high & 0xffff;
    limbs[3] = high >>> 16;
    let at = end;
    for (let top = LIMBS - 1; top >= 0; ) {
      let rest = 0;
      for (let i = top; i >= 0; i--) {
        const value = rest * 0x10000 + limbs[i]!;
        const quotient = Math.floor(value / STEP);
        limbs[i] = quotient;
        rest = value - quotient * STEP;
      }
      while (top >= 0 && limbs[top] === 0) top--;
      at = writeDigits(target, at, rest, top < 0);
    }
    return at;
  }
}

/** Writes the next four digits, or those that are left of the last. */
function writeDigits(target: Uint8Array, end: number, value: number, last: boolean): number {
  let rest = value;
  let at = end;
  for (let i = 0; i < DIGITS_PER_STEP && (!last || rest > 0); i++) {
    const quotient = Math.floor(rest / 10);
    target[--at] = ZERO + rest - quotient * 10;
    rest = quotient;
  }
  return at;
}
