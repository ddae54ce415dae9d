/**
 * A HyperLogLog as Redis keeps it in a string: `HYLL`, the number of its form, three bytes of no
 * meaning, the estimate that was last made (eight bytes, the first the least significant; the
 * highest bit says that it no longer holds), and the registers.
 */
import { INT64_MIN, type Integer64 } from "../../engine/integers.ts";
import type { EntryRef } from "../../engine/keyspace.ts";
import { type Call, WRONG_TYPE } from "../../session/call.ts";
import { Encoding } from "../../types/string/encoding.ts";
import { countRegisters, DENSE_REGISTERS_BYTES, mergeRegisters } from "./dense.ts";
import { visitRuns } from "./sparse.ts";

/** Bytes before the registers. */
export const HEADER_BYTES = 16;
/** Bytes of a dense HyperLogLog. */
export const DENSE_BYTES = HEADER_BYTES + DENSE_REGISTERS_BYTES;
/** Where the number of the form is. */
export const FORM_OFFSET = 4;
const ESTIMATE_OFFSET = 8;
const ESTIMATE_BYTES = 8;
const STALE = 0x80;

/** The two forms. */
export const Form = { dense: 0, sparse: 1 } as const;

/** A HyperLogLog that has seen nothing: one run of all registers. */
export const EMPTY = Uint8Array.from(
  Buffer.from(`${"HYLL\x01".padEnd(HEADER_BYTES, "\0")}\x7f\xff`, "latin1"),
);

/** The reply to a HyperLogLog whose runs are not of all registers. */
export const CORRUPT = "INVALIDOBJ Corrupted HLL object detected";

/**
 * The HyperLogLog among strings.
 *
 * @param ref what `readOf` or `writeOf` a string has answered
 * @returns 0 when the key is absent; WRONG_TYPE, with the error replied, when it holds something else
 */
export function hyperLogLogOf(call: Call, ref: EntryRef): EntryRef {
  if (ref === 0 || ref === WRONG_TYPE) return ref;
  const { keyspace } = call;
  if (isHyperLogLog(keyspace.bytes(ref), keyspace.valueOffset(ref), keyspace.valueLength(ref))) {
    return ref;
  }
  call.reply.error("WRONGTYPE Key is not a valid HyperLogLog string value.");
  return WRONG_TYPE;
}

function isHyperLogLog(bytes: Uint8Array, base: number, length: number): boolean {
  if (length < HEADER_BYTES) return false;
  for (let i = 0; i < FORM_OFFSET; i++) if (bytes[base + i] !== EMPTY[i]) return false;
  const form = bytes[base + FORM_OFFSET]!;
  return form === Form.sparse || (form === Form.dense && length === DENSE_BYTES);
}

/** A HyperLogLog that is about to be changed in place, or that Redis treats so, is `raw`. */
export function open(call: Call, ref: EntryRef): void {
  const { keyspace } = call;
  if (keyspace.encoding(ref) !== Encoding.raw) keyspace.setEncoding(ref, Encoding.raw);
}

/** The estimate that a HyperLogLog has kept; null when it no longer holds. */
export function keptEstimate(bytes: Uint8Array, base: number): Integer64 | null {
  const last = base + ESTIMATE_OFFSET + ESTIMATE_BYTES - 1;
  if (bytes[last]! >= STALE) return null;
  let low = 0;
  let high = 0;
  for (let i = 3; i >= 0; i--) {
    low = low * 256 + bytes[base + ESTIMATE_OFFSET + i]!;
    high = high * 256 + bytes[base + ESTIMATE_OFFSET + 4 + i]!;
  }
  const value = high * 2 ** 32 + low;
  return Number.isSafeInteger(value) ? value : (BigInt(high) << 32n) | BigInt(low);
}

/** Keeps an estimate; -2^63 is none that holds. */
export function keepEstimate(bytes: Uint8Array, base: number, value: Integer64): void {
  const at = base + ESTIMATE_OFFSET;
  if (value === INT64_MIN) {
    bytes.fill(0, at, at + ESTIMATE_BYTES);
    forgetEstimate(bytes, base);
    return;
  }
  let rest = BigInt(value);
  for (let i = 0; i < ESTIMATE_BYTES; i++) {
    bytes[at + i] = Number(rest & 0xffn);
    rest >>= 8n;
  }
}

/** The estimate that was kept no longer holds. */
export function forgetEstimate(bytes: Uint8Array, base: number): void {
  const last = base + ESTIMATE_OFFSET + ESTIMATE_BYTES - 1;
  bytes[last] = bytes[last]! | STALE;
}

/** Sets `counts` to how many registers have each value; false when the HyperLogLog is corrupt. */
export function countValues(call: Call, ref: EntryRef, counts: Float64Array): boolean {
  counts.fill(0);
  const { keyspace } = call;
  const bytes = keyspace.bytes(ref);
  const base = keyspace.valueOffset(ref);
  if (bytes[base + FORM_OFFSET] === Form.dense) {
    countRegisters(bytes, base + HEADER_BYTES, counts);
    return true;
  }
  const end = base + keyspace.valueLength(ref);
  return visitRuns(bytes, base + HEADER_BYTES, end, (value, length) => {
    counts[value] = counts[value]! + length;
  });
}

/** Raises each of `maxima` to the register of a HyperLogLog; false when that is corrupt. */
export function mergeInto(call: Call, ref: EntryRef, maxima: Uint8Array): boolean {
  const { keyspace } = call;
  const bytes = keyspace.bytes(ref);
  const base = keyspace.valueOffset(ref);
  if (bytes[base + FORM_OFFSET] === Form.dense) {
    mergeRegisters(bytes, base + HEADER_BYTES, maxima);
    return true;
  }
  const end = base + keyspace.valueLength(ref);
  return visitRuns(bytes, base + HEADER_BYTES, end, (value, length, first) => {
    for (let i = first; i < first + length; i++) if (value > maxima[i]!) maxima[i] = value;
  });
}

/** True for a HyperLogLog in the dense form. */
export function isDense({ keyspace }: Call, ref: EntryRef): boolean {
  return keyspace.bytes(ref)[keyspace.valueOffset(ref) + FORM_OFFSET] === Form.dense;
}
