import { formatDouble, parseDoubleAt } from "../../engine/doubles.ts";
import { readEntry } from "../../structures/listpack.ts";
import { PackedReading } from "../../structures/packed-reading.ts";
import type { PackedValue } from "../../structures/packed-value.ts";

/** Integral scores up to this are kept as integers, as Redis keeps them. */
const MOST_INTEGER = 2 ** 62;
const MAX_TEXT = 32;
const TWO_32 = 2 ** 32;

const text = new Uint8Array(MAX_TEXT);
const reading = new PackedReading();

/** True when a listpack keeps the score as an integer. */
export function isPackedInteger(score: number): boolean {
  return Number.isInteger(score) && Math.abs(score) <= MOST_INTEGER;
}

/** Makes `value` the entry of a score: an integer where it is one, so that -0 becomes 0, or its text. It is good until the next call. */
export function setScore(value: PackedValue, score: number): void {
  if (isPackedInteger(score)) {
    const high = Math.floor(score / TWO_32);
    value.setInteger((score - high * TWO_32) | 0, high);
    return;
  }
  const printed = formatDouble(score);
  for (let i = 0; i < printed.length; i++) text[i] = printed.charCodeAt(i);
  value.setText(text, 0, printed.length);
}

/** The score that the entry at `at` holds; NaN when it is no number, which only bytes from elsewhere have. */
export function readScore(bytes: Uint8Array, at: number): number {
  readEntry(bytes, at, reading);
  return scoreOf(reading);
}

/** The score that was read; NaN when it is no number. */
export function scoreOf(found: PackedReading): number {
  if (found.isInteger) return found.integer.toNumber();
  return parseDoubleAt(found.bytes, found.offset, found.length);
}
