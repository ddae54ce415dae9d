/** Integers of 1 to 64 bits in a row of bytes, most significant bit first. */

/** What a field is. */
export interface FieldType {
  readonly isSigned: boolean;
  /** In bits: up to 64 with a sign, up to 63 without. */
  readonly width: number;
}

/** What becomes of a value that does not fit: its low bits, the nearest that fits, or nothing. */
export type Overflow = "wrap" | "sat" | "fail";

/** The field at bit `offset` of `bytes[base..base + lengthBytes)`; bits beyond that are zero. */
export function readField(
  bytes: Uint8Array,
  base: number,
  lengthBytes: number,
  offset: number,
  { isSigned, width }: FieldType,
): bigint {
  const first = Math.floor(offset / 8);
  const end = Math.ceil((offset + width) / 8);
  let value = 0n;
  for (let at = first; at < end; at++) {
    value = (value << 8n) | BigInt(at < lengthBytes ? bytes[base + at]! : 0);
  }
  value >>= BigInt(end * 8 - offset - width);
  return isSigned ? BigInt.asIntN(width, value) : BigInt.asUintN(width, value);
}

/** Writes the low bits of `value` as the field at bit `offset` from `base`; there is room for it. */
export function writeField(
  bytes: Uint8Array,
  base: number,
  offset: number,
  { width }: FieldType,
  value: bigint,
): void {
  const end = Math.ceil((offset + width) / 8);
  const behind = BigInt(end * 8 - offset - width);
  let bits = BigInt.asUintN(width, value) << behind;
  let mask = ((1n << BigInt(width)) - 1n) << behind;
  for (let at = base + end - 1; mask > 0n; at--) {
    const kept = bytes[at]! & ~Number(mask & 0xffn);
    bytes[at] = kept | Number(bits & 0xffn);
    bits >>= 8n;
    mask >>= 8n;
  }
}

/**
 * What a field becomes that should be `value + by`.
 *
 * Whether `value` itself is too large or too small is told as Redis tells it: in 64 bits, in which
 * one that is smaller than the largest value by more than they hold counts as too large.
 *
 * @param value as 64 bits, without a sign if the field has none
 * @returns null when it does not fit and `overflow` is `fail`
 */
export function fitted(
  { isSigned, width }: FieldType,
  value: bigint,
  by: bigint,
  overflow: Overflow,
): bigint | null {
  const values = 1n << BigInt(width);
  const min = isSigned ? -values / 2n : 0n;
  const max = min + values - 1n;
  const sum = value + by;
  if (sum >= min && sum <= max) return sum;
  if (overflow === "fail") return null;
  if (overflow === "wrap") {
    return isSigned ? BigInt.asIntN(width, sum) : BigInt.asUintN(width, sum);
  }
  const isFar = value < min && BigInt.asIntN(64, max - value) < by;
  return sum > max || isFar ? max : min;
}
