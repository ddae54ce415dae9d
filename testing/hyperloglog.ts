/** The hash of a HyperLogLog's elements in 64 bits at once, and elements that have a given one. */

const FACTOR = 0xc6a4a7935bd1e995n;
const SEED = 0xadc83b19n;

const u64 = (value: bigint): bigint => BigInt.asUintN(64, value);
const shifted = (value: bigint): bigint => value ^ (value >> 47n);
const littleEndian = (bytes: Uint8Array): bigint =>
  bytes.reduceRight((value, byte) => value * 256n + BigInt(byte), 0n);

/** MurmurHash64A with Redis' seed. */
export function hashOf(bytes: Uint8Array): bigint {
  const whole = bytes.length & ~7;
  let hash = SEED ^ u64(BigInt(bytes.length) * FACTOR);
  for (let at = 0; at < whole; at += 8) {
    const word = u64(littleEndian(bytes.subarray(at, at + 8)) * FACTOR);
    hash = u64((hash ^ u64(shifted(word) * FACTOR)) * FACTOR);
  }
  if (whole < bytes.length) hash = u64((hash ^ littleEndian(bytes.subarray(whole))) * FACTOR);
  return shifted(u64(shifted(hash) * FACTOR));
}

/** The element of eight bytes that has that hash: every step of the hash can be taken back. */
export function elementWith(hash: bigint): Uint8Array {
  const before = u64(shifted(u64(shifted(hash) * INVERSE)) * INVERSE) ^ SEED ^ u64(8n * FACTOR);
  const word = u64(shifted(u64(before * INVERSE)) * INVERSE);
  return Uint8Array.from({ length: 8 }, (_, i) => Number((word >> BigInt(8 * i)) & 0xffn));
}

/** The factor that takes a product with `FACTOR` back, in 64 bits: each step doubles its right bits. */
const INVERSE = [1, 2, 3, 4, 5, 6].reduce(
  (inverse) => u64(inverse * (2n - FACTOR * inverse)),
  FACTOR,
);
