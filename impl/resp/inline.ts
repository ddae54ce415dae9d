/**
 * Redis' quoting rules, as the inline protocol and its configuration file use them.
 *
 * Arguments are separated by white space. Double quotes allow `\n \r \t \b \a`, `\xHH` and a
 * backslash before any other byte; single quotes allow only `\'`. A closing quote must be followed
 * by white space or the end.
 */
import assert from "node:assert/strict";

const TAB = 9;
const LF = 10;
const CR = 13;
const SPACE = 32;
const DOUBLE_QUOTE = 34;
const SINGLE_QUOTE = 39;
const BACKSLASH = 92;
const LOWER_X = 120;

/** What the letters after a backslash stand for inside double quotes. */
const ESCAPES = new Map([
  [110, LF],
  [114, CR],
  [116, TAB],
  [98, 8],
  [97, 7],
]);

/** Where a decoded argument went: `push(offset, length)` into the output buffer. */
export type ArgumentSink = { push(offset: number, length: number): void };

/**
 * Splits `line[start..end)` into arguments and writes their decoded bytes one after another into
 * `out`, which must hold at least `end - start` bytes (decoding never lengthens).
 *
 * @returns false when the quotes are unbalanced; what was pushed until then is meaningless
 */
export function splitArguments(
  line: Uint8Array,
  start: number,
  end: number,
  out: Uint8Array,
  sink: ArgumentSink,
): boolean {
  assert(start <= end && end <= line.length, "the line lies in the bytes");
  assert(out.length >= end - start, "decoding never lengthens");
  const cursor = { at: start, written: 0 };
  for (;;) {
    while (cursor.at < end && isSpace(line[cursor.at]!)) cursor.at++;
    if (cursor.at === end) return true;
    const from = cursor.written;
    if (!readArgument(line, end, out, cursor)) return false;
    assert(cursor.written <= cursor.at - start, "no more is written than was read");
    sink.push(from, cursor.written - from);
  }
}

type Cursor = { at: number; written: number };

/** Reads one argument, which may mix bare and quoted parts. False: unbalanced quotes. */
function readArgument(line: Uint8Array, end: number, out: Uint8Array, cursor: Cursor): boolean {
  while (cursor.at < end) {
    const byte = line[cursor.at++]!;
    if (byte === DOUBLE_QUOTE) return readDoubleQuoted(line, end, out, cursor);
    if (byte === SINGLE_QUOTE) return readSingleQuoted(line, end, out, cursor);
    if (endsBareWord(byte)) return true;
    out[cursor.written++] = byte;
  }
  return true;
}

function readDoubleQuoted(line: Uint8Array, end: number, out: Uint8Array, cursor: Cursor): boolean {
  while (cursor.at < end) {
    const byte = line[cursor.at++]!;
    if (byte === DOUBLE_QUOTE) return isClosed(line, end, cursor);
    if (byte === BACKSLASH && cursor.at < end)
      out[cursor.written++] = readEscape(line, end, cursor);
    else out[cursor.written++] = byte;
  }
  return false;
}

function readSingleQuoted(line: Uint8Array, end: number, out: Uint8Array, cursor: Cursor): boolean {
  while (cursor.at < end) {
    let byte = line[cursor.at++]!;
    if (byte === SINGLE_QUOTE) return isClosed(line, end, cursor);
    if (byte === BACKSLASH && cursor.at < end && line[cursor.at] === SINGLE_QUOTE) {
      byte = SINGLE_QUOTE;
      cursor.at++;
    }
    out[cursor.written++] = byte;
  }
  return false;
}

/** The byte that the escape after a backslash stands for. */
function readEscape(line: Uint8Array, end: number, cursor: Cursor): number {
  const letter = line[cursor.at++]!;
  if (letter === LOWER_X && cursor.at + 1 < end) {
    const high = hexDigit(line[cursor.at]!);
    const low = hexDigit(line[cursor.at + 1]!);
    if (high >= 0 && low >= 0) {
      cursor.at += 2;
      return high * 16 + low;
    }
  }
  return ESCAPES.get(letter) ?? letter;
}

/** A closing quote ends the argument: only white space or the end may follow. */
function isClosed(line: Uint8Array, end: number, cursor: Cursor): boolean {
  return cursor.at === end || isSpace(line[cursor.at]!);
}

/** C's `isspace`: what separates arguments. */
function isSpace(byte: number): boolean {
  return byte === SPACE || (byte >= TAB && byte <= CR);
}

/** What ends a word outside quotes: vertical tab and form feed, though white space, do not. */
function endsBareWord(byte: number): boolean {
  return byte === SPACE || byte === TAB || byte === LF || byte === CR;
}

function hexDigit(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  if (byte >= 97 && byte <= 102) return byte - 87;
  if (byte >= 65 && byte <= 70) return byte - 55;
  return -1;
}
