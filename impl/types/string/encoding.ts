import { isInteger64 } from "../../engine/integers.ts";

/**
 * How a string is held, by Redis' names; all are the same bytes here. The type's number being 0,
 * each is the kind of such an entry as well.
 */
export const Encoding = { raw: 0, int: 1, embstr: 2 } as const;

/** Strings up to this length share an allocation with their header in Redis: `embstr`. */
const EMBEDDED_MAX_BYTES = 44;

/** The encoding of a whole string that a client has set: `int`, `embstr` or `raw`. */
export function encodingOf(bytes: Uint8Array, offset: number, length: number): number {
  if (isInteger64(bytes, offset, length)) return Encoding.int;
  return plainEncoding(length);
}

/** The encoding of a string that Redis made itself and does not try as an integer. */
export function plainEncoding(length: number): number {
  return length <= EMBEDDED_MAX_BYTES ? Encoding.embstr : Encoding.raw;
}
