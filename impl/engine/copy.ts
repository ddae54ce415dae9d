/** Copies and comparisons up to this length run as a loop; longer ones pay for a native call. */
export const LOOP_BYTES = 64;

/**
 * Copies `length` bytes. The ranges may overlap only if the target does not lie behind the
 * source. Up to `LOOP_BYTES` nothing is allocated; a longer copy makes one view.
 */
export function copyBytes(
  source: Uint8Array,
  sourceOffset: number,
  target: Uint8Array,
  targetOffset: number,
  length: number,
): void {
  if (length > LOOP_BYTES) {
    target.set(source.subarray(sourceOffset, sourceOffset + length), targetOffset);
    return;
  }
  for (let i = 0; i < length; i++) target[targetOffset + i] = source[sourceOffset + i]!;
}

/** True when two ranges of `length` bytes are equal. */
export function equalBytes(
  a: Uint8Array,
  aOffset: number,
  b: Uint8Array,
  bOffset: number,
  length: number,
): boolean {
  if (length > 8 * LOOP_BYTES) {
    return (
      Buffer.compare(
        a.subarray(aOffset, aOffset + length),
        b.subarray(bOffset, bOffset + length),
      ) === 0
    );
  }
  for (let i = 0; i < length; i++) {
    if (a[aOffset + i] !== b[bOffset + i]) return false;
  }
  return true;
}
