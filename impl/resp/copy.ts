/** Copies up to this length run as a loop; a native call costs the same at any length above. */
const LOOP_COPY_BYTES = 20;
/** Comparisons up to this length run as a loop. */
const LOOP_COMPARE_BYTES = 96;

// Buffer's methods work on any Uint8Array and, unlike `set` with `subarray`, make no view.
const nativeCopy: (
  this: Uint8Array,
  target: Uint8Array,
  targetStart: number,
  sourceStart: number,
  sourceEnd: number,
) => number = Buffer.prototype.copy;
const nativeCompare: (
  this: Uint8Array,
  other: Uint8Array,
  otherStart: number,
  otherEnd: number,
  start: number,
  end: number,
) => number = Buffer.prototype.compare;

/**
 * Copies `length` bytes without allocating. The ranges may overlap only if the target does not
 * lie behind the source.
 */
export function copyBytes(
  source: Uint8Array,
  sourceOffset: number,
  target: Uint8Array,
  targetOffset: number,
  length: number,
): void {
  if (length > LOOP_COPY_BYTES) {
    nativeCopy.call(source, target, targetOffset, sourceOffset, sourceOffset + length);
    return;
  }
  let from = sourceOffset;
  let to = targetOffset;
  const end = from + length;
  for (; from + 4 <= end; from += 4, to += 4) {
    target[to] = source[from]!;
    target[to + 1] = source[from + 1]!;
    target[to + 2] = source[from + 2]!;
    target[to + 3] = source[from + 3]!;
  }
  for (; from < end; from++, to++) target[to] = source[from]!;
}

/** True when two ranges of `length` bytes are equal. Allocates nothing. */
export function equalBytes(
  a: Uint8Array,
  aOffset: number,
  b: Uint8Array,
  bOffset: number,
  length: number,
): boolean {
  if (length > LOOP_COMPARE_BYTES) {
    return nativeCompare.call(a, b, bOffset, bOffset + length, aOffset, aOffset + length) === 0;
  }
  let i = aOffset;
  let j = bOffset;
  const end = i + length;
  for (; i + 4 <= end; i += 4, j += 4) {
    if (a[i] !== b[j] || a[i + 1] !== b[j + 1]) return false;
    if (a[i + 2] !== b[j + 2] || a[i + 3] !== b[j + 3]) return false;
  }
  for (; i < end; i++, j++) {
    if (a[i] !== b[j]) return false;
  }
  return true;
}

/**
 * True when the `length` bytes from word `at` of `words` on are those of `bytes` from `offset` on:
 * a word at a time, little-endian as every platform of Node is. Allocates nothing.
 */
export function equalWords(
  words: Int32Array,
  at: number,
  bytes: Uint8Array,
  offset: number,
  length: number,
): boolean {
  const wordsEnd = offset + (length & ~3);
  let word = at;
  let from = offset;
  for (; from < wordsEnd; from += 4, word++) {
    const other =
      bytes[from]! | (bytes[from + 1]! << 8) | (bytes[from + 2]! << 16) | (bytes[from + 3]! << 24);
    if (words[word] !== other) return false;
  }
  const end = offset + length;
  for (let shift = 0; from < end; from++, shift += 8) {
    if (((words[word]! >>> shift) & 0xff) !== bytes[from]) return false;
  }
  return true;
}
