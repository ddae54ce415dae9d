/** The dense form: registers of six bits, four in three bytes, the lowest bits first. */
import { assert, CHECKED } from "../../assert.ts";
import { REGISTERS } from "./hash.ts";

const REGISTER_BITS = 6;
/** The largest value that six bits hold. */
export const MAX_REGISTER = (1 << REGISTER_BITS) - 1;
/** Bytes of all registers. */
export const DENSE_REGISTERS_BYTES = (REGISTERS * REGISTER_BITS) / 8;

/** The register `index` of those that begin at `base`. */
export function readRegister(bytes: Uint8Array, base: number, index: number): number {
  const bit = index * REGISTER_BITS;
  const at = base + (bit >> 3);
  const pair = bytes[at]! | (bytes[at + 1]! << 8);
  return (pair >> (bit & 7)) & MAX_REGISTER;
}

/** Sets a register, 0 to 63. */
export function writeRegister(bytes: Uint8Array, base: number, index: number, value: number): void {
  const bit = index * REGISTER_BITS;
  const at = base + (bit >> 3);
  const shift = bit & 7;
  const pair = bytes[at]! | (bytes[at + 1]! << 8);
  const changed = (pair & ~(MAX_REGISTER << shift)) | (value << shift);
  bytes[at] = changed;
  // The last register ends with its byte: what is behind it is not its own.
  if (shift > 8 - REGISTER_BITS) bytes[at + 1] = changed >> 8;
  if (CHECKED) assert(readRegister(bytes, base, index) === value, "a register holds what it got");
}

/** Tells `visit` four registers at a time, in order. */
function forEachFour(
  bytes: Uint8Array,
  base: number,
  visit: (index: number, a: number, b: number, c: number, d: number) => void,
): void {
  for (let index = 0, at = base; index < REGISTERS; index += 4, at += 3) {
    const bits = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16);
    visit(
      index,
      bits & MAX_REGISTER,
      (bits >> 6) & MAX_REGISTER,
      (bits >> 12) & MAX_REGISTER,
      bits >> 18,
    );
  }
}

/** Adds to `counts` how many registers have each value. */
export function countRegisters(bytes: Uint8Array, base: number, counts: Float64Array): void {
  forEachFour(bytes, base, (_, a, b, c, d) => {
    counts[a] = counts[a]! + 1;
    counts[b] = counts[b]! + 1;
    counts[c] = counts[c]! + 1;
    counts[d] = counts[d]! + 1;
  });
}

/** Raises each of `maxima` to the register's value. */
export function mergeRegisters(bytes: Uint8Array, base: number, maxima: Uint8Array): void {
  forEachFour(bytes, base, (index, a, b, c, d) => {
    if (a > maxima[index]!) maxima[index] = a;
    if (b > maxima[index + 1]!) maxima[index + 1] = b;
    if (c > maxima[index + 2]!) maxima[index + 2] = c;
    if (d > maxima[index + 3]!) maxima[index + 3] = d;
  });
}
