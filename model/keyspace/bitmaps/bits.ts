/** Strings as rows of bits: the first bit is the most significant one of the first byte. */
import type { Bytes } from "../reply.ts";

/** A row of bits, one character `0` or `1` each. */
export type Bits = string;

/** The bits of the bytes. */
export const toBits = (bytes: Bytes): Bits =>
  Array.from(bytes, (byte) => byte.charCodeAt(0).toString(2).padStart(8, "0")).join("");

/** The bytes of the bits, of which there are eight for each. */
export const fromBits = (bits: Bits): Bytes =>
  (bits.match(/.{8}/g) ?? []).map((byte) => String.fromCharCode(Number.parseInt(byte, 2))).join("");

/** Some bits from an offset on; beyond the end they are zero. */
export const bitsAt = (bytes: Bytes, offset: bigint, count: number): Bits => {
  const first = offset / 8n;
  const seen = first < BigInt(bytes.length) ? Number(first) : bytes.length;
  const skipped = Number(offset % 8n);
  const read = toBits(bytes.slice(seen, seen + Math.ceil((skipped + count) / 8)));
  return read.slice(skipped, skipped + count).padEnd(count, "0");
};

/** The bytes with other bits from an offset on, lengthened by zeros as far as needed. */
export const withBits = (bytes: Bytes, offset: bigint, bits: Bits): Bytes => {
  const at = Number(offset);
  const needed = Math.ceil((at + bits.length) / 8);
  const all = toBits(bytes.padEnd(needed, "\0"));
  return fromBits(all.slice(0, at) + bits + all.slice(at + bits.length));
};
