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
 * @returns null when they are not `length` bytes, or no such form
 */
export function decompress(
  bytes: Uint8Array,
  offset: number,
  heldBytes: number,
  length: number,
): Uint8Array | null {
  // No form is more than about a hundredth as long as what it stands for.
  if (length > heldBytes * 128) return null;
  const out = new Uint8Array(length);
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
