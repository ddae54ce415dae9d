import { assert, CHECKED } from "../assert.ts";
import { Folder, MIN_FOLDED_BYTES, REMAINDER_BYTES } from "./crc32c-fold.ts";

/** CRC-32C (Castagnoli), as in iSCSI and ext4: https://www.rfc-editor.org/rfc/rfc3720#appendix-B.4 */

/** The reversed polynomial. */
const POLYNOMIAL = 0x82f63b78;

/** From this length on a view of words pays. */
const MIN_WORDS_BYTES = 64;
const IS_LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

type Tables = readonly [
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
];

/** Table `k` is for a byte that has `k` more behind it in a step of eight. Constants are faster. */
const [t0, t1, t2, t3, t4, t5, t6, t7] = makeTables();

function makeTables(): Tables {
  const first = new Int32Array(256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? POLYNOMIAL : 0);
    first[byte] = crc;
  }
  const tables = [first];
  for (let k = 1; k < 8; k++) {
    const before = tables[k - 1]!;
    tables.push(before.map((crc) => (crc >>> 8) ^ first[crc & 0xff]!));
  }
  return tables as unknown as Tables;
}

/** Folds long input; undefined before the first, null where it cannot be had. */
let folder: Folder | null | undefined;

function theFolder(): Folder | null {
  if (folder !== undefined) return folder;
  try {
    folder = new Folder();
  } catch {
    // An old processor, or a limit on addresses: the tables do it all.
    folder = null;
  }
  return folder;
}

/**
 * The checksum of `bytes[start..end)`, an unsigned 32-bit integer.
 *
 * @param before the checksum of the bytes in front of these; 0 when there are none
 */
export function crc32c(bytes: Uint8Array, start: number, end: number, before = 0): number {
  if (CHECKED) assert(0 <= start && start <= end && end <= bytes.length, "a range of the bytes");
  let register = ~before;
  let at = start;
  if (end - at >= MIN_FOLDED_BYTES) {
    const folder = theFolder();
    while (folder !== null && end - at >= MIN_FOLDED_BYTES) {
      at += folder.fold(register, bytes, at, end);
      register = tabled(0, folder.remainder, 0, REMAINDER_BYTES);
    }
  }
  return ~tabled(register, bytes, at, end) >>> 0;
}

/** The register after `bytes[start..end)`, eight bytes a step. */
export function tabled(register: number, bytes: Uint8Array, start: number, end: number): number {
  let crc = register;
  let at = start;
  if (IS_LITTLE_ENDIAN && end - start >= MIN_WORDS_BYTES) {
    for (; (bytes.byteOffset + at) & 3; at++) crc = (crc >>> 8) ^ t0[(crc ^ bytes[at]!) & 0xff]!;
    const words = new Int32Array(bytes.buffer, bytes.byteOffset + at, ((end - at) >> 3) << 1);
    const count = words.length;
    for (let i = 0; i < count; i += 2) {
      // Half of the work does not wait for the checksum so far.
      const high = words[i + 1]!;
      const behind =
        t3[high & 0xff]! ^ t2[(high >>> 8) & 0xff]! ^ t1[(high >>> 16) & 0xff]! ^ t0[high >>> 24]!;
      const low = crc ^ words[i]!;
      const ahead =
        t7[low & 0xff]! ^ t6[(low >>> 8) & 0xff]! ^ t5[(low >>> 16) & 0xff]! ^ t4[low >>> 24]!;
      crc = ahead ^ behind;
    }
    at += count * 4;
  }
  for (; at + 8 <= end; at += 8) {
    crc =
      t7[(crc ^ bytes[at]!) & 0xff]! ^
      t6[((crc >>> 8) ^ bytes[at + 1]!) & 0xff]! ^
      t5[((crc >>> 16) ^ bytes[at + 2]!) & 0xff]! ^
      t4[((crc >>> 24) ^ bytes[at + 3]!) & 0xff]! ^
      t3[bytes[at + 4]!]! ^
      t2[bytes[at + 5]!]! ^
      t1[bytes[at + 6]!]! ^
      t0[bytes[at + 7]!]!;
  }
  for (; at < end; at++) crc = (crc >>> 8) ^ t0[(crc ^ bytes[at]!) & 0xff]!;
  return crc;
}
