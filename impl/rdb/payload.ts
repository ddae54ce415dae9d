/**
 * What DUMP writes and RESTORE reads: one value with its type byte, then the version of the format
 * (16 bits) and the checksum of all before it (64 bits), both little-endian.
 *
 * Source: https://redis.io/docs/latest/commands/dump/, and what redis-server writes.
 */
import { assert, CHECKED } from "../assert.ts";
import { Crc64 } from "./crc64.ts";

/** The version of the format that is written; what a later one has written is not read. */
export const RDB_VERSION = 10;

/** The highest type byte in this version: later ones stand in files only. */
export const LAST_RDB_TYPE = 19;

const VERSION_BYTES = 2;
const FOOTER_BYTES = VERSION_BYTES + 8;

/** A type byte and a value's bytes with the footer behind them. */
export function sealPayload(value: Uint8Array): Uint8Array {
  const payload = new Uint8Array(value.length + FOOTER_BYTES);
  payload.set(value);
  const view = new DataView(payload.buffer);
  view.setUint16(value.length, RDB_VERSION, true);
  const end = value.length + VERSION_BYTES;
  const [low, high] = checksumOf(payload, 0, end);
  view.setUint32(end, low, true);
  view.setUint32(end + 4, high, true);
  if (CHECKED) assert(isSound(payload, 0, payload.length), "what is sealed can be opened");
  return payload;
}

/** True when `bytes[offset..offset + length)` has a footer of a known version and its checksum. */
export function isSound(bytes: Uint8Array, offset: number, length: number): boolean {
  if (length < FOOTER_BYTES) return false;
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, length);
  const end = length - FOOTER_BYTES + VERSION_BYTES;
  if (view.getUint16(end - VERSION_BYTES, true) > RDB_VERSION) return false;
  const [low, high] = checksumOf(bytes, offset, end);
  return view.getUint32(end, true) === low && view.getUint32(end + 4, true) === high;
}

/** Where the value ends in a payload of `length` bytes that is sound. */
export function valueLength(length: number): number {
  return length - FOOTER_BYTES;
}

function checksumOf(bytes: Uint8Array, offset: number, length: number): readonly [number, number] {
  const crc = new Crc64();
  crc.update(bytes, offset, length);
  return crc.halves;
}
