import { MAX_LENGTH_BYTES } from "../../engine/entries.ts";
import { type Integer64, parseInteger64 } from "../../engine/integers.ts";
import type { Call } from "../../session/call.ts";
import { ERR } from "../../session/errors.ts";
import { integerArgument } from "../shared/numbers.ts";

/** What `bitOffset`, `fieldOffset` and `unitArgument` answer when the error has been replied. */
export const INVALID = -1;

const BAD_OFFSET = "ERR bit offset is not an integer or out of range";
const HASH = 35;

/** How an offset is used: only looked at, or written to, which makes the string that long. */
export type Use = "read" | "write";

/**
 * Argument `i` as the offset of a bit.
 *
 * @returns INVALID, with the error replied, when no string is that long
 */
export function bitOffset(call: Call, i: number, use: Use): number {
  const { bytes, offsets, lengths } = call.request;
  return checkedOffset(call, parseInteger64(bytes, offsets[i]!, lengths[i]!), 1, use);
}

/**
 * Argument `i` as the offset of a field of `width` bits: in bits, or behind a `#` in such fields.
 *
 * The product has 64 bits, as Redis' has: what does not fit is dropped.
 *
 * @returns INVALID, with the error replied, when no string is that long
 */
export function fieldOffset(call: Call, i: number, width: number, use: Use): number {
  const { bytes, offsets, lengths } = call.request;
  const counted = lengths[i]! > 0 && bytes[offsets[i]!] === HASH;
  if (!counted) {
    const offset = parseInteger64(bytes, offsets[i]!, lengths[i]!);
    return checkedOffset(call, offset, width, use);
  }
  const index = parseInteger64(bytes, offsets[i]! + 1, lengths[i]! - 1);
  const offset = index === null ? null : BigInt.asIntN(64, BigInt(index) * BigInt(width));
  return checkedOffset(call, offset, width, use);
}

/** The log was written when its offsets were allowed: it is not asked again. */
function checkedOffset(call: Call, offset: Integer64 | null, width: number, use: Use): number {
  const limitBytes =
    call.origin === "replay" ? MAX_LENGTH_BYTES : call.instance.settings.maxBulkBytes;
  const fits =
    offset !== null &&
    offset >= 0 &&
    Math.floor(Number(offset) / 8) < limitBytes &&
    (use === "read" || bytesFor(Number(offset), width) <= MAX_LENGTH_BYTES);
  if (fits) return Number(offset);
  call.reply.error(BAD_OFFSET);
  return INVALID;
}

/** The length of a string that ends with a field of `width` bits at `offset`. */
export function bytesFor(offset: number, width: number): number {
  return Math.ceil((offset + width) / 8);
}

/** What a range of a string counts in. */
export const Unit = { byte: 8, bit: 1 } as const;

/** Argument `i`, if there is one, as a `Unit`: bits in each; INVALID, with the error replied, when it is none. */
export function unitArgument(call: Call, i: number): number {
  const { request } = call;
  if (i >= request.argc || request.is(i, "byte")) return Unit.byte;
  if (request.is(i, "bit")) return Unit.bit;
  call.reply.error(ERR.syntax);
  return INVALID;
}

/** The bits of a string that a command looks at: `from` to before `to`. Reused. */
export interface BitRange {
  from: number;
  to: number;
}

/**
 * Writes the range from `start` to `end`, both included and perhaps counted from the end, of a
 * string of `lengthBytes`; an empty one when they pass each other.
 */
export function setRange(
  range: BitRange,
  start: Integer64,
  end: Integer64,
  unit: number,
  lengthBytes: number,
): void {
  const total = (lengthBytes * 8) / unit;
  const first = fromStart(start, total);
  const last = Math.min(fromStart(end, total), total - 1);
  range.from = first > last ? 0 : first * unit;
  range.to = first > last ? 0 : (last + 1) * unit;
}

function fromStart(index: Integer64, total: number): number {
  return Math.max(0, index < 0 ? Number(index) + total : Number(index));
}

/** Argument `i` as a bit: 0 or 1; INVALID, with `error` replied, when it is none. */
export function bitArgument(call: Call, i: number, notInteger: string, notBit: string): number {
  const bit = integerArgument(call, i, notInteger);
  if (bit === null) return INVALID;
  if (bit === 0 || bit === 1) return bit;
  call.reply.error(notBit);
  return INVALID;
}
