/** Geohashes as others write them: https://en.wikipedia.org/wiki/Geohash */
import { FINEST, indexOf, lowerHalf, MAX_LONGITUDE, upperHalf } from "./cells.ts";

const ALPHABET = "0123456789bcdefghjkmnpqrstuvwxyz";
const BITS = 2 * FINEST;
const LETTER_BITS = 5;
/** Their grid goes to the poles. */
const POLE = 90;
/** Letters that 52 bits fill. Redis writes another one, always the same, for which there are too few. */
const LETTERS = Math.floor(BITS / LETTER_BITS);

/** The geohash of a place in Redis' grid. */
export function geohashOf(longitude: number, latitude: number): string {
  const column = indexOf(longitude, -MAX_LONGITUDE, MAX_LONGITUDE, FINEST);
  const row = indexOf(latitude, -POLE, POLE, FINEST);
  const bits = (BigInt(upperHalf(column, row)) << 32n) | BigInt(lowerHalf(column, row));
  let text = "";
  for (let i = 1; i <= LETTERS; i++) {
    text += ALPHABET[Number((bits >> BigInt(BITS - i * LETTER_BITS)) & 31n)];
  }
  return `${text}0`;
}
