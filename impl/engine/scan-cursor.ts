/**
 * The cursor that follows in a scan of a table with buckets under `mask`: adds one to the bits under
 * it, read from the highest down; 0 after the last bucket.
 */
export function nextCursor(cursor: number, mask: number): number {
  return reverseBits(reverseBits(cursor | ~mask) + 1);
}

function reverseBits(value: number): number {
  let bits = value | 0;
  bits = ((bits >>> 1) & 0x55555555) | ((bits & 0x55555555) << 1);
  bits = ((bits >>> 2) & 0x33333333) | ((bits & 0x33333333) << 2);
  bits = ((bits >>> 4) & 0x0f0f0f0f) | ((bits & 0x0f0f0f0f) << 4);
  bits = ((bits >>> 8) & 0x00ff00ff) | ((bits & 0x00ff00ff) << 8);
  return ((bits >>> 16) | (bits << 16)) >>> 0;
}
