/**
 * Frames: one group commit in an append-only file.
 *
 *     #V1 lsn=17 term=0 len=58 crc32c=0a1b2c3d\r\n
 *     *2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n*3\r\n$3\r\nSET\r\n…
 *
 * The first line is an annotation, which Redis skips; it reads it into a buffer of 128 bytes. `lsn`
 * is the number of the frame's first unit, `len` the length of its commands in bytes. The checksum
 * covers the line up to the space in front of `crc32c`, and the commands.
 *
 * A file that was closed cleanly ends with one more annotation, which says that all in front of it
 * had been synced when it was written:
 *
 *     #V1 closed lsn=19 term=0 crc32c=0a1b2c3d\r\n
 */
import assert from "node:assert/strict";
import { CHECKED, assert as check } from "../assert.ts";
import { crc32c } from "./crc32c.ts";

/** No annotation is longer, its line end included: what Redis reads at once. */
export const MAX_ANNOTATION_BYTES = 127;

/** Frames and closing lines begin with it. */
export const MARK = "#V1 ";

const FRAME_MARK = `${MARK}lsn=`;
const CHECKSUM_NAME = " crc32c=";
/** A checksum with its name and the line end. */
const CHECKSUM_BYTES = CHECKSUM_NAME.length + 8 + 2;

/** What the line in front of a frame says. */
export interface FrameHeader {
  readonly kind: "frame";
  /** The number of its first unit. */
  readonly lsn: number;
  readonly term: number;
  /** Length of its commands in bytes. */
  readonly bodyBytes: number;
  readonly checksum: number;
  /** The checksum of the line's own part. */
  readonly lineChecksum: number;
}

/** What a closing line says; its checksum has been found right. */
export interface ClosedLine {
  readonly kind: "closed";
  /** The number of the last unit. */
  readonly lsn: number;
  readonly term: number;
}

/**
 * Writes a frame's line directly in front of its body, so that both leave in one write.
 *
 * @returns where the frame begins: at most MAX_ANNOTATION_BYTES before `bodyStart`
 */
export function encodeHeader(
  buffer: Uint8Array,
  bodyStart: number,
  bodyBytes: number,
  lsn: number,
  term: number,
): number {
  assert.ok(bodyBytes > 0 && bodyStart >= MAX_ANNOTATION_BYTES);
  if (CHECKED) {
    check(bodyStart + bodyBytes <= buffer.length, "the body lies in the buffer");
    check(Number.isSafeInteger(lsn) && lsn >= 1, "units are numbered from 1 on");
    check(Number.isSafeInteger(term) && term >= 0, "a term is no negative number");
  }
  // From right to left, since the line ends where the body begins. One frame a loop turn: no strings.
  const lineEnd = bodyStart - CHECKSUM_BYTES;
  let start = putDecimalBefore(buffer, lineEnd, bodyBytes);
  start = putBefore(buffer, start, " len=");
  start = putDecimalBefore(buffer, start, term);
  start = putBefore(buffer, start, " term=");
  start = putDecimalBefore(buffer, start, lsn);
  start = putBefore(buffer, start, FRAME_MARK);
  const own = crc32c(buffer, start, lineEnd);
  const checksum = crc32c(buffer, bodyStart, bodyStart + bodyBytes, own);
  putText(buffer, lineEnd, CHECKSUM_NAME);
  for (let i = 0; i < 8; i++) {
    const digit = (checksum >>> (28 - 4 * i)) & 15;
    buffer[lineEnd + CHECKSUM_NAME.length + i] = digit < 10 ? 48 + digit : 87 + digit;
  }
  buffer[bodyStart - 2] = 13;
  buffer[bodyStart - 1] = 10;
  assert.ok(bodyStart - start <= MAX_ANNOTATION_BYTES);
  if (CHECKED) {
    const read = parseAnnotation(buffer, start, bodyStart);
    check(read?.kind === "frame", "a frame's line reads as one");
    check(
      read.lsn === lsn && read.term === term && read.bodyBytes === bodyBytes,
      "as it was written",
    );
    check(isBodyIntact(read, buffer, bodyStart), "and its checksum is right");
  }
  return start;
}

/** The closing line of a file whose last unit is `lsn`. */
export function encodeClosed(lsn: number, term: number): Uint8Array {
  assert.ok(Number.isSafeInteger(lsn) && lsn >= 0 && Number.isSafeInteger(term) && term >= 0);
  const line = `${MARK}closed lsn=${lsn} term=${term}`;
  const bytes = new Uint8Array(line.length);
  putText(bytes, 0, line);
  const whole = `${line} crc32c=${hex(crc32c(bytes, 0, bytes.length))}\r\n`;
  const out = new Uint8Array(whole.length);
  putText(out, 0, whole);
  assert.ok(out.length <= MAX_ANNOTATION_BYTES);
  if (CHECKED) {
    const read = parseAnnotation(out, 0, out.length);
    check(read?.kind === "closed", "a closing line reads as one");
    check(read.lsn === lsn && read.term === term, "as it was written");
  }
  return out;
}

/** True when a frame's body is the one that its line was written for. */
export function isBodyIntact(header: FrameHeader, bytes: Uint8Array, bodyStart: number): boolean {
  if (CHECKED) check(bodyStart + header.bodyBytes <= bytes.length, "the body has arrived whole");
  const found = crc32c(bytes, bodyStart, bodyStart + header.bodyBytes, header.lineChecksum);
  return found === header.checksum;
}

/**
 * Reads the annotation `bytes[start..end)`, its line end included.
 *
 * @returns null when it is neither a frame's line nor a valid closing line
 */
export function parseAnnotation(
  bytes: Uint8Array,
  start: number,
  end: number,
): FrameHeader | ClosedLine | null {
  if (CHECKED)
    check(0 <= start && start <= end && end <= bytes.length, "the line lies in the bytes");
  const line = new LineReader(bytes, start, end);
  if (!line.skip(MARK)) return null;
  const isClosed = line.skip("closed ");
  const lsn = line.number("lsn=");
  const term = line.number(" term=");
  const bodyBytes = isClosed ? 0 : line.number(" len=");
  if (lsn < 0 || term < 0 || bodyBytes < 0) return null;
  const lineChecksum = crc32c(bytes, start, line.at);
  const checksum = line.checksum();
  if (checksum < 0) return null;
  if (!isClosed) {
    if (lsn === 0 || bodyBytes === 0) return null;
    return { kind: "frame", lsn, term, bodyBytes, checksum, lineChecksum };
  }
  return checksum === lineChecksum ? { kind: "closed", lsn, term } : null;
}

/** Reads an annotation from left to right. Numbers that are not there are -1. */
class LineReader {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  at: number;

  constructor(bytes: Uint8Array, start: number, end: number) {
    this.#bytes = bytes;
    this.at = start;
    this.#end = end;
  }

  skip(text: string): boolean {
    if (this.at + text.length > this.#end) return false;
    for (let i = 0; i < text.length; i++) {
      if (this.#bytes[this.at + i] !== text.charCodeAt(i)) return false;
    }
    this.at += text.length;
    return true;
  }

  /** `name` and a decimal number as it is printed: without leading zeros, below 2^53. */
  number(name: string): number {
    if (!this.skip(name)) return -1;
    const first = this.at;
    let value = 0;
    for (; this.at < this.#end; this.at++) {
      const digit = this.#bytes[this.at]! - 48;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
    }
    const digits = this.at - first;
    if (digits === 0 || (digits > 1 && this.#bytes[first] === 48)) return -1;
    return Number.isSafeInteger(value) ? value : -1;
  }

  /** The checksum and the line end, with which the line must be over. */
  checksum(): number {
    if (!this.skip(" crc32c=") || this.#end - this.at !== 10) return -1;
    let value = 0;
    for (let i = 0; i < 8; i++) {
      const digit = hexDigit(this.#bytes[this.at + i]!);
      if (digit < 0) return -1;
      value = value * 16 + digit;
    }
    this.at += 8;
    return this.skip("\r\n") ? value : -1;
  }
}

function hexDigit(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  return byte >= 97 && byte <= 102 ? byte - 87 : -1;
}

function hex(checksum: number): string {
  return checksum.toString(16).padStart(8, "0");
}

function putText(bytes: Uint8Array, at: number, text: string): void {
  for (let i = 0; i < text.length; i++) bytes[at + i] = text.charCodeAt(i);
}

/** Writes a text that ends at `end`; returns where it begins. */
function putBefore(bytes: Uint8Array, end: number, text: string): number {
  putText(bytes, end - text.length, text);
  return end - text.length;
}

/** Writes a non-negative integer that ends at `end`; returns where it begins. */
function putDecimalBefore(bytes: Uint8Array, end: number, value: number): number {
  let at = end;
  let left = value;
  do {
    const quotient = Math.floor(left / 10);
    bytes[--at] = 48 + (left - quotient * 10);
    left = quotient;
  } while (left > 0);
  return at;
}
