import { assert, CHECKED } from "../assert.ts";

/** The low and high halves of the register's change for each value of a byte. */
const LOW = new Int32Array(256);
const HIGH = new Int32Array(256);
/** The polynomial of Jones, with its bits reversed. */
const POLYNOMIAL = 0x95ac9329ac4bc9b5n;

for (let byte = 0; byte < 256; byte++) {
  let register = BigInt(byte);
  for (let bit = 0; bit < 8; bit++) {
    register = (register & 1n) === 0n ? register >> 1n : (register >> 1n) ^ POLYNOMIAL;
  }
  LOW[byte] = Number(BigInt.asIntN(32, register));
  HIGH[byte] = Number(BigInt.asIntN(32, register >> 32n));
}

/**
 * The checksum of RDB files: CRC-64 with the polynomial of Jones, reflected, starting at 0, without
 * a final change. `123456789` has e9c6d914c4b8d9ca.
 */
export class Crc64 {
  #low = 0;
  #high = 0;

  /** Takes `bytes[offset..offset+length)`. */
  update(bytes: Uint8Array, offset: number, length: number): void {
    if (CHECKED) {
      const isInside = offset >= 0 && length >= 0 && offset + length <= bytes.length;
      assert(isInside, "the bytes of a checksum are there");
    }
    let low = this.#low;
    let high = this.#high;
    for (let at = offset; at < offset + length; at++) {
      const i = (low ^ bytes[at]!) & 0xff;
      low = ((low >>> 8) | (high << 24)) ^ LOW[i]!;
      high = (high >>> 8) ^ HIGH[i]!;
    }
    this.#low = low;
    this.#high = high;
  }

  /** The checksum of what was taken so far: low half and high half, unsigned. */
  get halves(): readonly [low: number, high: number] {
    return [this.#low >>> 0, this.#high >>> 0];
  }
}
