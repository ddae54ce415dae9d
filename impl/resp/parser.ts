import assert from "node:assert/strict";
import { CHECKED } from "../assert.ts";
import { splitArguments } from "./inline.ts";
import { latin1, Request } from "./request.ts";

/**
 * The incremental parser of requests: multibulk (`*2\r\n$3\r\nGET\r\n…`) and inline (`GET key`).
 *
 * It stops at any byte and goes on from there when more has arrived, even if the bytes have moved
 * to another buffer meanwhile: all it remembers is relative to the first byte of the request. It
 * looks at no byte of a request twice and allocates nothing for a multibulk request that arrives
 * whole.
 *
 * What it accepts is what Redis 7.0.15 accepts: the two bytes after a bulk and the one after a
 * header's `\r` are not looked at, and a NUL in a header or an inline line hides the rest of it.
 * Where Redis' verdict depends on how the bytes happened to be cut into reads (a line beyond
 * 64 KB), this one gives the verdict that Redis gives when they come one by one.
 */

/** What a call of `Parser.parse` found. */
export const ParseStatus = {
  /** The request is not complete: call again with the same bytes and more behind them. */
  more: 0,
  /** A complete request with at least one argument. */
  ready: 1,
  /** A protocol error: reply `Parser.error` and close the connection. */
  failed: 2,
} as const;

export type ParseStatus = (typeof ParseStatus)[keyof typeof ParseStatus];

/** Limits that all connections share; live, as CONFIG SET changes them. */
export type ParserLimits = {
  /** `proto-max-bulk-len`, at least 1 MB. */
  maxBulkBytes: number;
};

/** The longest inline request and the longest header line, in bytes before its end. */
export const MAX_LINE_BYTES = 64 * 1024;
/** The most arguments of a request. */
export const MAX_ARGUMENTS = 2 ** 31 - 1;
/** The most arguments of a request before authentication. */
export const MAX_UNAUTHENTICATED_ARGUMENTS = 10;
/** The longest argument before authentication, in bytes. Below every value of proto-max-bulk-len. */
export const MAX_UNAUTHENTICATED_BULK_BYTES = 16 * 1024;
/** The smallest value of `proto-max-bulk-len`, in bytes. */
export const MIN_MAX_BULK_BYTES = 1024 * 1024;

/** An incomplete request's table of arguments is kept for the next one up to this size. */
const KEPT_PARTIAL_ARGUMENTS = 256;
/** The same for the caller's request, which serves many connections. */
const KEPT_ARGUMENTS = 16 * 1024;

const LF = 10;
const CR = 13;
const DOLLAR = 36;
const STAR = 42;

/** A header line's bytes besides its digits: the type, `\r` and one byte more. */
const HEADER_OVERHEAD_BYTES = 3;
/** The longest text of a 64-bit number: 19 digits and a minus. */
const MAX_DECIMAL_BYTES = 20;

/** Lines longer than this are beyond `shortDecimal`. */
const LONG_LINE_BYTES = 16;

/** The kind of the request that is being parsed; `FAILED` is for ever. */
const NONE = 0;
const MULTIBULK = 1;
const INLINE = 2;
const FAILED = 3;

/** What the readers return instead of a length or a number. */
const INCOMPLETE = -1;
const INVALID = -2;

export class Parser {
  readonly limits: ParserLimits;
  /** True while the connection must authenticate first: far smaller limits apply. */
  authRequired = false;
  /**
   * The bytes from `start` that are done with. After `ready`: to the end of the request. After
   * `more`: to the first byte of the incomplete request, since requests without arguments are
   * skipped. After `failed`: to the first byte of the offending request.
   */
  used = 0;
  /** After `failed`: the error to reply, with its code. */
  error = "";

  #kind: 0 | 1 | 2 | 3 = NONE;
  /** Arguments still to come; 0 while the count is not known. */
  #remaining = 0;
  /** Length of the argument that is being read, -1 while it is not known. */
  #bulkLength = -1;
  /** Relative to the request's first byte: where the next header, argument or line starts. */
  #at = 0;
  /** How far the line at `#at` has been searched for its end, relative to its start. */
  #searched = 0;
  /** The line at `#at` has a NUL before its end, which will therefore never be found. */
  #hidden = false;
  /** Absolute: the end of the header that was read last. */
  #headerEnd = 0;
  /** The arguments of an incomplete request so far, relative to its first byte. */
  #partial: Request | undefined;

  constructor(limits: ParserLimits) {
    assert(limits.maxBulkBytes >= MIN_MAX_BULK_BYTES);
    this.limits = limits;
  }

  /** How many bytes of the incomplete request are headers and arguments already parsed. */
  get parsedBytes(): number {
    return this.#at;
  }

  /** The least size of the incomplete request in bytes that its headers announce; 0 if unknown. */
  get announcedBytes(): number {
    return this.#bulkLength < 0 ? 0 : this.#at + this.#bulkLength + 2;
  }

  /** Of the argument that is being read, whose length is known: where it begins in the request. */
  get argumentAt(): number {
    if (CHECKED) assert(this.#bulkLength >= 0, "an argument whose length is known");
    return this.#at;
  }

  /** The length of the argument in front of the one that is being read. */
  get precedingBytes(): number {
    const partial = this.#partial;
    return partial === undefined || partial.argc === 0 ? 0 : partial.lengths[partial.argc - 1]!;
  }

  /**
   * Parses the next request from `bytes[start..end)` into `request`, whose arguments are slices of
   * `bytes`, or of a buffer of its own for an inline request.
   *
   * After `more`, the next call must see the same bytes from `start + used` on with more behind
   * them, in whichever buffer; after `failed` every call fails. `request` is meaningful only after
   * `ready`.
   */
  parse(bytes: Uint8Array, start: number, end: number, request: Request): ParseStatus {
    assert(start <= end && end <= bytes.length);
    request.bytes = bytes;
    if (this.#kind === NONE && !this.authRequired) {
      const length = readOrdinary(bytes, start, end, request);
      if (length > 0) {
        this.used = length;
        if (CHECKED) request.verifyInvariants();
        return ParseStatus.ready;
      }
    }
    let base = start;
    request.argc = 0;
    request.wireStart = -1;
    while (base < end) {
      if (this.#kind === NONE) this.#kind = bytes[base] === STAR ? MULTIBULK : INLINE;
      const length = this.#parseOne(bytes, base, end, request);
      if (length < 0) break;
      this.#kind = NONE;
      base += length;
      if (request.argc > 0) {
        this.used = base - start;
        if (CHECKED) {
          assert(this.used <= end - start, "a request ends where the bytes end, or before");
          request.verifyInvariants();
        }
        return ParseStatus.ready;
      }
    }
    this.used = base - start;
    if (request.offsets.length > KEPT_ARGUMENTS) resetTables(request);
    return this.#kind === FAILED ? ParseStatus.failed : ParseStatus.more;
  }

  /**
   * Reads the request at `start` without taking it, if it has arrived whole and is as clients send
   * it. Nothing is remembered of it, so that it may as well be left to `parse`.
   *
   * @returns its length in bytes; 0 when it is to be left to `parse`
   */
  peek(bytes: Uint8Array, start: number, end: number, request: Request): number {
    if (this.#kind !== NONE || this.authRequired) return 0;
    request.bytes = bytes;
    return readOrdinary(bytes, start, end, request);
  }

  /** Throws when what it remembers of an incomplete request contradicts itself. */
  verifyInvariants(): void {
    assert(this.used >= 0 && this.#at >= 0 && this.#searched >= 0);
    assert((this.#kind === FAILED) === (this.error !== ""), "who fails says why");
    if (this.#kind === FAILED) return;
    assert(this.#remaining >= 0 && this.#remaining <= MAX_ARGUMENTS);
    assert(this.#bulkLength >= -1);
    assert(this.#kind === MULTIBULK || this.#remaining === 0, "arguments of no request");
    const partial = this.#partial;
    if (this.#remaining === 0) {
      assert(this.#at === 0 && this.#bulkLength === -1, "nothing is known of the next request");
      assert(partial === undefined || partial.argc === 0, "arguments of no request");
      return;
    }
    assert(partial !== undefined, "an incomplete request keeps its arguments");
    let end = 0;
    for (let i = 0; i < partial.argc; i++) {
      assert(partial.offsets[i]! > end, "arguments do not overlap");
      end = partial.offsets[i]! + partial.lengths[i]!;
    }
    assert(end < this.#at, "an argument goes beyond what was read");
  }

  /** Fails the connection for a reason of the caller's: every call fails from now on. */
  refuse(reason: string): void {
    this.#fail(reason);
  }

  /** The length of the request at `base` in bytes, or a negative verdict. */
  #parseOne(bytes: Uint8Array, base: number, end: number, request: Request): number {
    if (this.#kind === INLINE) return this.#inline(bytes, base, end, request);
    if (this.#kind === FAILED) return INVALID;
    if (this.#remaining > 0) return this.#resume(bytes, base, end, request);

    let at = base;
    let count = shortDecimal(bytes, base + 1, end);
    if (count > 0 && (count <= MAX_UNAUTHENTICATED_ARGUMENTS || !this.authRequired)) {
      at += HEADER_OVERHEAD_BYTES + digitsOf(count);
    } else {
      count = this.#count(bytes, base, end);
      if (count < 0) return count;
      at = this.#headerEnd;
    }
    return this.#arguments(bytes, base, at, end, count, request, 0);
  }

  /** Goes on with an incomplete multibulk request. */
  #resume(bytes: Uint8Array, base: number, end: number, request: Request): number {
    const partial = this.#partial;
    assert(partial !== undefined, "an incomplete request keeps its arguments");
    const at = base + this.#at;
    const length = this.#arguments(bytes, base, at, end, this.#remaining, partial, base);
    if (length < 0) return length;

    for (let i = 0; i < partial.argc; i++) {
      request.push(base + partial.offsets[i]!, partial.lengths[i]!);
    }
    partial.argc = 0;
    if (partial.offsets.length > KEPT_PARTIAL_ARGUMENTS) this.#partial = undefined;
    this.#remaining = 0;
    this.#bulkLength = -1;
    this.#at = 0;
    return length;
  }

  /**
   * Reads `remaining` arguments from `at` on into `target`, their offsets relative to `origin`.
   * What is missing at the end is remembered for `#resume`.
   */
  #arguments(
    bytes: Uint8Array,
    base: number,
    at: number,
    end: number,
    remaining: number,
    target: Request,
    origin: number,
  ): number {
    let length = this.#bulkLength;
    while (remaining > 0) {
      if (length < 0) {
        length = at < end && bytes[at] === DOLLAR ? shortDecimal(bytes, at + 1, end) : -1;
        if (length >= 0 && length <= MAX_UNAUTHENTICATED_BULK_BYTES) {
          at += HEADER_OVERHEAD_BYTES + digitsOf(length);
        } else {
          length = this.#bulkHeader(bytes, at, end);
          if (length < 0) return this.#suspend(base, at, remaining, -1, target, origin, length);
          at = this.#headerEnd;
        }
      }
      if (end - at < length + 2) {
        return this.#suspend(base, at, remaining, length, target, origin, INCOMPLETE);
      }
      target.push(at - origin, length);
      at += length + 2;
      length = -1;
      remaining--;
    }
    return at - base;
  }

  /** Remembers where an incomplete multibulk request stopped. Returns `verdict`. */
  #suspend(
    base: number,
    at: number,
    remaining: number,
    bulkLength: number,
    target: Request,
    origin: number,
    verdict: number,
  ): number {
    this.#at = at - base;
    this.#remaining = remaining;
    this.#bulkLength = bulkLength;
    if (target === this.#partial) return verdict;
    this.#partial ??= new Request();
    const shift = origin - base;
    for (let i = 0; i < target.argc; i++) {
      this.#partial.push(target.offsets[i]! + shift, target.lengths[i]!);
    }
    return verdict;
  }

  /** Reads the count of arguments at `base`, at least 0, or gives a negative verdict. */
  #count(bytes: Uint8Array, base: number, end: number): number {
    const lineEnd = this.#findEnd(bytes, base, end, CR, "too big mbulk count string");
    if (lineEnd < 0 || lineEnd + 1 >= end) return lineEnd < 0 ? lineEnd : INCOMPLETE;
    const count = decimal(bytes, base + 1, lineEnd);
    if (Number.isNaN(count) || count > MAX_ARGUMENTS) return this.#fail("invalid multibulk length");
    if (count > MAX_UNAUTHENTICATED_ARGUMENTS && this.authRequired) {
      return this.#fail("unauthenticated multibulk length");
    }
    this.#searched = 0;
    this.#headerEnd = lineEnd + 2;
    return Math.max(0, count);
  }

  /** Reads the length of the argument at `at` in bytes, or gives a negative verdict. */
  #bulkHeader(bytes: Uint8Array, at: number, end: number): number {
    const lineEnd = this.#findEnd(bytes, at, end, CR, "too big bulk count string");
    if (lineEnd < 0 || lineEnd + 1 >= end) return lineEnd < 0 ? lineEnd : INCOMPLETE;
    if (bytes[at] !== DOLLAR) {
      return this.#fail(`expected '$', got '${String.fromCharCode(bytes[at]!)}'`);
    }
    const length = decimal(bytes, at + 1, lineEnd);
    if (Number.isNaN(length) || length < 0 || length > this.limits.maxBulkBytes) {
      return this.#fail("invalid bulk length");
    }
    if (length > MAX_UNAUTHENTICATED_BULK_BYTES && this.authRequired) {
      return this.#fail("unauthenticated bulk length");
    }
    this.#searched = 0;
    this.#headerEnd = lineEnd + 2;
    return length;
  }

  /** Parses an inline request. Its arguments are decoded into a fresh buffer. */
  #inline(bytes: Uint8Array, base: number, end: number, request: Request): number {
    const lineEnd = this.#findEnd(bytes, base, end, LF, "too big inline request");
    if (lineEnd < 0) return lineEnd;
    // A return before the line feed needs no care: it is white space.
    const decoded = new Uint8Array(lineEnd - base);
    if (!splitArguments(bytes, base, lineEnd, decoded, request)) {
      return this.#fail("unbalanced quotes in request");
    }
    if (request.argc > 0) request.bytes = decoded;
    this.#searched = 0;
    return lineEnd + 1 - base;
  }

  /**
   * Looks for `terminator` in the line that starts at `start`, from where the last search stopped.
   *
   * @returns its offset, or a negative verdict
   */
  #findEnd(
    bytes: Uint8Array,
    start: number,
    end: number,
    terminator: number,
    tooLong: string,
  ): number {
    const limit = Math.min(end, start + MAX_LINE_BYTES + 1);
    let at = start + this.#searched;
    while (at < limit && !this.#hidden && bytes[at] !== terminator) {
      if (bytes[at] === 0) this.#hidden = true;
      at++;
    }
    // A short line is searched anew, since `shortDecimal` may read it first and know nothing of it.
    this.#searched = at - start > LONG_LINE_BYTES ? at - start : 0;
    if (at < limit && !this.#hidden) return at;
    return end - start > MAX_LINE_BYTES ? this.#fail(tooLong) : INCOMPLETE;
  }

  #fail(reason: string): number {
    if (CHECKED) assert(reason !== "");
    this.#kind = FAILED;
    this.error = `ERR Protocol error: ${reason}`;
    return INVALID;
  }
}

/**
 * Reads a multibulk request that has arrived whole and is as clients send it: up to 99 arguments
 * of less than 100 KB, which no limit forbids after authentication. Half the cost of the steps
 * that can stop anywhere.
 *
 * @returns its length in bytes, or 0 for anything else, which is then looked at step by step
 */
function readOrdinary(bytes: Uint8Array, start: number, end: number, request: Request): number {
  if (start + 4 > end || bytes[start] !== STAR) return 0;
  let count = bytes[start + 1]! - 48;
  if (count < 1 || count > 9) return 0;
  let at = start + 4;
  if (bytes[start + 2] !== CR) {
    const digit = bytes[start + 2]! - 48;
    if (digit < 0 || digit > 9 || bytes[start + 3] !== CR) return 0;
    count = count * 10 + digit;
    at = start + 5;
  }
  // Redis looks neither at the byte behind a `\r` nor at the two behind an argument.
  let unlike = bytes[at - 1]! ^ LF;
  const offsets = request.offsets;
  const lengths = request.lengths;
  if (count > offsets.length) return 0;
  for (let i = 0; i < count; i++) {
    if (at + 4 > end || bytes[at] !== DOLLAR) return 0;
    let length = bytes[at + 1]! - 48;
    if (length < 0 || length > 9) return 0;
    let next = bytes[at + 2]!;
    at += 3;
    if (next !== CR && length === 0) return 0;
    while (next !== CR) {
      if (next < 48 || next > 57 || length > 9999 || at >= end) return 0;
      length = length * 10 + next - 48;
      next = bytes[at++]!;
    }
    at++;
    if (end - at < length + 2) return 0;
    offsets[i] = at;
    lengths[i] = length;
    unlike |= bytes[at - 1]! ^ LF;
    at += length + 2;
    unlike |= (bytes[at - 2]! ^ CR) | (bytes[at - 1]! ^ LF);
  }
  request.argc = count;
  request.wireStart = unlike === 0 ? start : -1;
  request.wireBytes = at - start;
  return at - start;
}

/** Gives back the tables that a request with very many arguments left behind. */
function resetTables(request: Request): void {
  const fresh = new Request();
  request.argc = 0;
  request.offsets = fresh.offsets;
  request.lengths = fresh.lengths;
}

/**
 * Reads the usual header number: one to eight digits, no leading zero, then `\r` and more.
 *
 * @returns the number, whose digits `digitsOf` counts, or -1 for anything else, which is then
 * looked at in full
 */
function shortDecimal(bytes: Uint8Array, at: number, end: number): number {
  if (at + 3 >= end) return -1;
  let value = bytes[at]! - 48;
  if (value < 0 || value > 9) return -1;
  if (bytes[at + 1] === CR) return value;
  if (value === 0) return -1;
  const limit = Math.min(end - 1, at + 9);
  for (let i = at + 1; i < limit; i++) {
    const digit = bytes[i]! - 48;
    if (digit < 0 || digit > 9) return digit === CR - 48 ? value : -1;
    value = value * 10 + digit;
  }
  return -1;
}

/** How many decimal digits `value`, from 0 to 99,999,999, has. */
function digitsOf(value: number): number {
  if (value < 10) return 1;
  if (value < 100) return 2;
  let digits = 3;
  for (let bound = 1000; value >= bound; bound *= 10) digits++;
  return digits;
}

/**
 * The number in `bytes[start..end)` as Redis reads it: an optional minus, no plus, no leading
 * zero, within 64 bits. Beyond 2^53 it is rounded, which no limit tells apart.
 *
 * @returns NaN when it is no such number
 */
function decimal(bytes: Uint8Array, start: number, end: number): number {
  if (end - start > MAX_DECIMAL_BYTES) return Number.NaN;
  const text = latin1(bytes, start, end - start);
  if (!/^(?:0|-?[1-9][0-9]*)$/.test(text)) return Number.NaN;
  const value = BigInt(text);
  return BigInt.asIntN(64, value) === value ? Number(value) : Number.NaN;
}
