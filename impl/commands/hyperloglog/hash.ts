/**
 * What a HyperLogLog takes from an element: MurmurHash64A of its bytes with Redis' seed, in halves
 * of 32 bits.
 *
 * Source: A. Appleby, https://github.com/aappleby/smhasher/wiki/MurmurHash2 (public domain)
 */

/** Bits of the hash that choose the register. */
const INDEX_BITS = 14;
/** How many registers there are. */
export const REGISTERS = 1 << INDEX_BITS;
/** Bits of the hash beside those. */
export const REST_BITS = 64 - INDEX_BITS;

const SEED = 0xadc83b19;
const FACTOR_HIGH = 0xc6a4a793;
const FACTOR_LOW = 0x5bd1e995;
/** The shift by 47 bits, as one of the high half into the low one. */
const SHIFT = 47 - 32;

/** Where an element is seen. Reused. */
export interface Place {
  /** The register. */
  index: number;
  /** The value that the register has at least from then on: 1 to 51. */
  rank: number;
}

/** The halves of the product that was computed last. */
let high = 0;
let low = 0;

/** `high` and `low` become the product of those halves and the factor, in 64 bits. */
function multiply(h: number, l: number): void {
  const a = l & 0xffff;
  const b = l >>> 16;
  const c = FACTOR_LOW & 0xffff;
  const d = FACTOR_LOW >>> 16;
  const ac = Math.imul(a, c);
  // Neither sum exceeds 32 bits.
  const bc = Math.imul(b, c) + (ac >>> 16);
  const ad = Math.imul(a, d) + (bc & 0xffff);
  const carried = Math.imul(b, d) + (bc >>> 16) + (ad >>> 16);
  high = (Math.imul(h, FACTOR_LOW) + Math.imul(l, FACTOR_HIGH) + carried) | 0;
  low = (ad << 16) | (ac & 0xffff);
}

/** `high` and `low` become the value that takes part for a word of eight bytes. */
function scramble(h: number, l: number): void {
  multiply(h, l);
  multiply(high, low ^ (high >>> SHIFT));
}

/** Sets `place` to where the element `bytes[offset..offset + length)` is seen. */
export function findPlace(place: Place, bytes: Uint8Array, offset: number, length: number): void {
  multiply(0, length);
  let h = high;
  let l = low ^ SEED;
  const whole = offset + length - (length % 8);
  for (let at = offset; at < whole; at += 8) {
    scramble(word(bytes, at + 4), word(bytes, at));
    multiply(h ^ high, l ^ low);
    h = high;
    l = low;
  }
  const rest = length % 8;
  if (rest > 0) {
    for (let i = rest - 1; i >= 0; i--) {
      const byte = bytes[whole + i]!;
      if (i >= 4) h ^= byte << (8 * (i - 4));
      else l ^= byte << (8 * i);
    }
    multiply(h, l);
    h = high;
    l = low;
  }
  multiply(h, l ^ (h >>> SHIFT));
  h = high;
  l = low ^ (high >>> SHIFT);
  place.index = l & (REGISTERS - 1);
  place.rank = trailingZeros(h, l) + 1;
}

/** Four bytes as an integer, the first one the least significant. */
function word(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
}

/** Zeros at the low end of the bits that do not choose the register; all of them at most. */
function trailingZeros(h: number, l: number): number {
  const rest = (l >>> INDEX_BITS) | (h << (32 - INDEX_BITS));
  if (rest !== 0) return 31 - Math.clz32(rest & -rest);
  const top = h >>> INDEX_BITS;
  return top === 0 ? REST_BITS : 32 + 31 - Math.clz32(top & -top);
}
