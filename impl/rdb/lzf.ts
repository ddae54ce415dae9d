import { takeMemory } from "../engine/out-of-memory.ts";

const NOTHING = new Uint8Array(0);
/** First bytes below this begin a run of literal bytes; the others refer back. */
const LITERAL_RUNS = 0x20;
/** Three bits of a reference's first byte hold its length; all set, the next byte adds to it. */
const LONG_REFERENCE = 7;
/** The shortest reference. */
const SHORTEST_REFERENCE = 3;

/**
 * The bytes that LZF has compressed to `bytes[offset..offset+heldBytes)`. It is the form that
 * redis-server gives to long strings in its files.
 *
 * Source: the format of Marc Lehmann's liblzf.
 *
 * Nothing is allocated before it is known that they are as many as was announced.
 *
 * @returns null when they are not `length` bytes, or no such form
 * @throws OutOfMemory
 */
export function decompress(
  bytes: Uint8Array,
  offset: number,
  heldBytes: number,
  length: number,
): Uint8Array | null {
  // Redis learns of damage by a length of 0, so that here it finds none.
  if (length === 0) return NOTHING;
  if (measure(bytes, offset, heldBytes) !== length) return null;
  const out = new Uint8Array(takeMemory(length));
  const end = offset + heldBytes;
  let from = offset;
  let to = 0;
  while (from < end) {
    const first = bytes[from++]!;
    if (first < LITERAL_RUNS) {
      const run = first + 1;
      if (from + run > end || to + run > length) return null;
      for (const runEnd = from + run; from < runEnd; ) out[to++] = bytes[from++]!;
      continue;
    }
    let run = first >>> 5;
    if (from + (run === LONG_REFERENCE ? 2 : 1) > end) return null;
    if (run === LONG_REFERENCE) run += bytes[from++]!;
    run += SHORTEST_REFERENCE - 1;
    let back = to - ((first & 0x1f) << 8) - bytes[from++]! - 1;
    if (back < 0 || to + run > length) return null;
    for (const runEnd = to + run; to < runEnd; ) out[to++] = out[back++]!;
  }
  return to === length ? out : null;
}

/** How many bytes a form stands for, if it is one. */
function measure(bytes: Uint8Array, offset: number, heldBytes: number): number {
  const end = offset + heldBytes;
  let length = 0;
  for (let from = offset; from < end; ) {
    const first = bytes[from++]!;
    if (first < LITERAL_RUNS) {
      length += first + 1;
      from += first + 1;
      continue;
    }
    const run = first >>> 5;
    length += run + SHORTEST_REFERENCE - 1;
    if (run === LONG_REFERENCE && from < end) length += bytes[from++]!;
    from++;
  }
  return length;
}
