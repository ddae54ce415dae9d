/** SHA-1 (RFC 3174): how scripts are named. */

const BLOCK_BYTES = 64;
const INITIAL = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0];
const WORDS = new Int32Array(80);
const TAIL = new Uint8Array(2 * BLOCK_BYTES);

/** The SHA-1 of `bytes[offset..offset + length)`, in lower-case hexadecimal. */
export function sha1Hex(bytes: Uint8Array, offset: number, length: number): string {
  const hash = Int32Array.from(INITIAL);
  const whole = length - (length % BLOCK_BYTES);
  for (let at = 0; at < whole; at += BLOCK_BYTES) addBlock(hash, bytes, offset + at);
  // What is left, a one, zeros, and the length in bits.
  const rest = length - whole;
  const tailBytes = rest < BLOCK_BYTES - 8 ? BLOCK_BYTES : 2 * BLOCK_BYTES;
  TAIL.fill(0);
  TAIL.set(bytes.subarray(offset + whole, offset + length));
  TAIL[rest] = 0x80;
  for (let i = 0, bits = length * 8; i < 8; i++, bits = Math.floor(bits / 256)) {
    TAIL[tailBytes - 1 - i] = bits & 255;
  }
  for (let at = 0; at < tailBytes; at += BLOCK_BYTES) addBlock(hash, TAIL, at);
  return Array.from(hash, (word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
}

function rotate(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by));
}

function addBlock(hash: Int32Array, bytes: Uint8Array, at: number): void {
  for (let i = 0; i < 16; i++) {
    const from = at + 4 * i;
    WORDS[i] =
      (bytes[from]! << 24) | (bytes[from + 1]! << 16) | (bytes[from + 2]! << 8) | bytes[from + 3]!;
  }
  for (let i = 16; i < 80; i++) {
    WORDS[i] = rotate(WORDS[i - 3]! ^ WORDS[i - 8]! ^ WORDS[i - 14]! ^ WORDS[i - 16]!, 1);
  }
  let [a, b, c, d, e] = hash as unknown as [number, number, number, number, number];
  for (let i = 0; i < 80; i++) {
    const [mix, constant] = round(i, b, c, d);
    const next = (rotate(a, 5) + mix + e + constant + WORDS[i]!) | 0;
    e = d;
    d = c;
    c = rotate(b, 30);
    b = a;
    a = next;
  }
  hash[0]! += a;
  hash[1]! += b;
  hash[2]! += c;
  hash[3]! += d;
  hash[4]! += e;
}

function round(i: number, b: number, c: number, d: number): readonly [number, number] {
  if (i < 20) return [(b & c) | (~b & d), 0x5a827999];
  if (i < 40) return [b ^ c ^ d, 0x6ed9eba1];
  if (i < 60) return [(b & c) | (b & d) | (c & d), 0x8f1bbcdc];
  return [b ^ c ^ d, 0xca62c1d6];
}
