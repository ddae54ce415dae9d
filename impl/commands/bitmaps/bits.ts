/**
 * Counting and finding bits in a row of bytes. The first bit is the most significant one of the
 * first byte. Offsets and ends are in bits from `base`, the offset of the first byte.
 */

/** How many bits of a byte are one. */
const ONES = Uint8Array.from({ length: 256 }, (_, byte) => onesOf(byte));
/** Shorter rows are counted and searched byte by byte: a view of words would cost more. */
const WORDWISE_BYTES = 64;
const WORD_BYTES = 4;
/** Words that the carry-save adders take at once. */
const BLOCK_WORDS = 8;

/** How many of the 32 bits of a word are one. */
function onesOf(word: number): number {
  const pairs = word - ((word >>> 1) & 0x55555555);
  const nibbles = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((nibbles + (nibbles >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** The bits of the byte at bit `from` of a row that are from `from` on, and before `to`. */
function maskOf(from: number, to: number): number {
  const first = from % 8;
  const end = Math.min(8, to - (from - first));
  return (0xff >>> first) & (0xff << (8 - end));
}

/** How many bits from `from` to before `to` are one. */
export function countOnes(bytes: Uint8Array, base: number, from: number, to: number): number {
  if (from >= to) return 0;
  let first = base + Math.floor(from / 8);
  const end = base + Math.floor(to / 8);
  let ones = 0;
  if (from % 8 !== 0) {
    ones += ONES[bytes[first]! & maskOf(from, to)]!;
    first++;
    if (first > end) return ones;
  }
  ones += onesInBytes(bytes, first, end);
  if (to % 8 !== 0) ones += ONES[bytes[end]! & (0xff << (8 - (to % 8))) & 0xff]!;
  return ones;
}

function onesInBytes(bytes: Uint8Array, first: number, end: number): number {
  if (end - first < WORDWISE_BYTES) return onesBytewise(bytes, first, end);
  const aligned = first + (-(bytes.byteOffset + first) & (WORD_BYTES - 1));
  const count = (end - aligned) >> 2;
  const words = new Int32Array(bytes.buffer, bytes.byteOffset + aligned, count);
  const wordsEnd = aligned + count * WORD_BYTES;
  return (
    onesBytewise(bytes, first, aligned) + onesInWords(words) + onesBytewise(bytes, wordsEnd, end)
  );
}

function onesBytewise(bytes: Uint8Array, first: number, end: number): number {
  let ones = 0;
  for (let i = first; i < end; i++) ones += ONES[bytes[i]!]!;
  return ones;
}

/**
 * Eight words at a time go through carry-save adders, which leave one word of which each bit stands
 * for eight ones: only that one needs to be counted in each step.
 *
 * Source: https://doi.org/10.1093/comjnl/bxx046 (W. Muła, N. Kurz, D. Lemire, 2018), section 5.
 */
function onesInWords(words: Int32Array): number {
  const whole = words.length - (words.length % BLOCK_WORDS);
  let ones = 0;
  let twos = 0;
  let fours = 0;
  let eights = 0;
  for (let i = 0; i < whole; i += BLOCK_WORDS) {
    const a = words[i]!;
    const b = words[i + 1]!;
    const c = words[i + 2]!;
    const d = words[i + 3]!;
    const e = words[i + 4]!;
    const f = words[i + 5]!;
    const g = words[i + 6]!;
    const h = words[i + 7]!;
    const ab = ones ^ a;
    const twosA = (ones & a) | (ab & b);
    const abc = ab ^ b;
    const cd = abc ^ c;
    const twosB = (abc & c) | (cd & d);
    const abcd = cd ^ d;
    const twosAb = twos ^ twosA;
    const foursA = (twos & twosA) | (twosAb & twosB);
    const halfTwos = twosAb ^ twosB;
    const ef = abcd ^ e;
    const twosC = (abcd & e) | (ef & f);
    const abcdef = ef ^ f;
    const gh = abcdef ^ g;
    const twosD = (abcdef & g) | (gh & h);
    ones = gh ^ h;
    const twosCd = halfTwos ^ twosC;
    const foursB = (halfTwos & twosC) | (twosCd & twosD);
    twos = twosCd ^ twosD;
    const foursAb = fours ^ foursA;
    eights += onesOf((fours & foursA) | (foursAb & foursB));
    fours = foursAb ^ foursB;
  }
  let rest = 0;
  for (let i = whole; i < words.length; i++) rest += onesOf(words[i]!);
  return eights * 8 + onesOf(fours) * 4 + onesOf(twos) * 2 + onesOf(ones) + rest;
}

/** Where the first bit from `from` to before `to` is that is `bit`; -1 when there is none. */
export function findBit(
  bytes: Uint8Array,
  base: number,
  from: number,
  to: number,
  bit: number,
): number {
  const without = bit === 1 ? 0 : 0xff;
  let at = from;
  while (at < to) {
    if (at % 8 === 0) {
      const end = base + Math.floor(to / 8);
      at = (skipBytes(bytes, base + at / 8, end, without) - base) * 8;
      if (at >= to) return -1;
    }
    // In this byte the bits that are sought are made one, and those outside the range zero.
    const found = (bytes[base + Math.floor(at / 8)]! ^ without) & maskOf(at, to) & 0xff;
    const start = at - (at % 8);
    if (found !== 0) return start + Math.clz32(found) - 24;
    at = start + 8;
  }
  return -1;
}

/** The first byte from `first` to before `end` that is not `value`; `end` when all are. */
function skipBytes(bytes: Uint8Array, first: number, end: number, value: number): number {
  let at = first;
  if (end - first >= WORDWISE_BYTES) {
    const aligned = first + (-(bytes.byteOffset + first) & (WORD_BYTES - 1));
    while (at < aligned && bytes[at] === value) at++;
    if (at < aligned) return at;
    const count = (end - aligned) >> 2;
    const words = new Int32Array(bytes.buffer, bytes.byteOffset + aligned, count);
    const same = value === 0 ? 0 : -1;
    let word = 0;
    while (word < count && words[word] === same) word++;
    at = aligned + word * WORD_BYTES;
  }
  while (at < end && bytes[at] === value) at++;
  return at;
}
