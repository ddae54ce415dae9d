/**
 * The 64-bit hash of an element, MurmurHash64A with Redis' seed, and what a HyperLogLog takes from it.
 *
 * Source: A. Appleby, https://github.com/aappleby/smhasher/wiki/MurmurHash2 (public domain)
 */
import type { Bytes } from "../reply.ts";

const SEED = 0xadc83b19n;
const FACTOR = 0xc6a4a7935bd1e995n;
const SHIFT = 47n;

const u64 = (value: bigint): bigint => BigInt.asUintN(64, value);

/** The bytes as an unsigned integer, the first one the least significant. */
const littleEndian = (bytes: Bytes): bigint =>
  Array.from(bytes).reduceRight((value, byte) => value * 256n + BigInt(byte.charCodeAt(0)), 0n);

const scrambled = (value: bigint): bigint => {
  const product = u64(value * FACTOR);
  return u64((product ^ (product >> SHIFT)) * FACTOR);
};

/** The hash of some bytes: 64 bits. */
export const hash = (bytes: Bytes): bigint => {
  const whole = bytes.length - (bytes.length % 8);
  let result = SEED ^ u64(BigInt(bytes.length) * FACTOR);
  for (let at = 0; at < whole; at += 8)
    result = u64((result ^ scrambled(littleEndian(bytes.slice(at, at + 8)))) * FACTOR);
  if (whole < bytes.length) result = u64((result ^ littleEndian(bytes.slice(whole))) * FACTOR);
  result = u64((result ^ (result >> SHIFT)) * FACTOR);
  return result ^ (result >> SHIFT);
};

/** How many bits of a hash choose the register. */
const INDEX_BITS = 14n;
/** How many registers there are. */
export const REGISTERS = 2 ** 14;

/** Where an element is seen: the register, and the value that it has at least from then on. */
export const placeOf = (element: Bytes): { readonly index: number; readonly rank: number } => {
  const hashed = hash(element);
  const rest = (hashed >> INDEX_BITS) | (1n << (64n - INDEX_BITS));
  const zeros = rest.toString(2).length - 1 - rest.toString(2).lastIndexOf("1");
  return { index: Number(hashed % BigInt(REGISTERS)), rank: zeros + 1 };
};
