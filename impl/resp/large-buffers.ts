import { assert, CHECKED } from "../assert.ts";
import { releaseMemory } from "./release.ts";

/** Buffers below this size are for the JavaScript runtime: a new one costs little. */
export const LARGE_BYTES = 128 * 1024;
/** The largest buffer that is kept for another use; the smallest is one of `LARGE_BYTES`. */
const MAX_KEPT_BYTES = 2 * 1024 * 1024;
const CLASS_COUNT = Math.log2(MAX_KEPT_BYTES / LARGE_BYTES) + 1;
/** All buffers that are kept together take at most so much. */
const MAX_HELD_BYTES = 8 * 1024 * 1024;

/**
 * Large buffers that the connections of a server lend one another.
 *
 * A new buffer of this size is memory that the system has to find and clear, page by page, and
 * that goes back when the collector gets to it: for a value of a megabyte that costs more than the
 * copy into it. One that has just been used is in the processor's caches besides, so that the last
 * one given is the first one taken. What lies here unused is given back by `trim`.
 */
export class LargeBuffers {
  /** Of each class, which are powers of two: those that nobody uses. */
  readonly #kept: Buffer[][] = Array.from({ length: CLASS_COUNT }, () => []);
  /** The fewest of each class that lay here since the last `trim`. */
  readonly #fewest = new Int32Array(CLASS_COUNT);
  /** What was taken here, and nothing else, may be given. */
  readonly #known = new WeakSet<ArrayBufferLike>();
  #heldBytes = 0;

  /** Bytes of the buffers that nobody uses. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** A buffer of at least `bytes` bytes, which hold anything. */
  take(bytes: number): Buffer {
    if (CHECKED) assert(Number.isSafeInteger(bytes) && bytes > 0, "a number of bytes");
    const sizeClass = classOf(bytes);
    const size = sizeClass < CLASS_COUNT ? LARGE_BYTES << sizeClass : bytes;
    const kept = this.#kept[sizeClass]?.pop();
    if (kept === undefined) {
      const fresh = Buffer.allocUnsafeSlow(size);
      this.#known.add(fresh.buffer);
      return fresh;
    }
    this.#heldBytes -= size;
    const left = this.#kept[sizeClass]!.length;
    if (left < this.#fewest[sizeClass]!) this.#fewest[sizeClass] = left;
    return kept;
  }

  /**
   * Takes back the memory of a buffer from `take`, which its owner must not look at again; memory
   * from elsewhere is left alone.
   */
  give(bytes: Uint8Array): void {
    const { buffer } = bytes;
    if (!this.#known.has(buffer)) return;
    const size = buffer.byteLength;
    const sizeClass = classOf(size);
    if (sizeClass >= CLASS_COUNT || this.#heldBytes + size > MAX_HELD_BYTES) {
      releaseMemory(buffer);
      return;
    }
    if (CHECKED) {
      const isHere = this.#kept[sizeClass]!.some((kept) => kept.buffer === buffer);
      assert(!isHere, "a buffer is given twice");
      // Whoever still reads it finds nonsense.
      new Uint8Array(buffer).fill(JUNK);
    }
    this.#kept[sizeClass]!.push(Buffer.from(buffer));
    this.#heldBytes += size;
  }

  /** Gives back to the system what nobody has needed since the last call. */
  trim(): void {
    for (let sizeClass = 0; sizeClass < CLASS_COUNT; sizeClass++) {
      const kept = this.#kept[sizeClass]!;
      for (const { buffer } of kept.splice(0, this.#fewest[sizeClass]!)) {
        this.#heldBytes -= buffer.byteLength;
        releaseMemory(buffer);
      }
      this.#fewest[sizeClass] = kept.length;
    }
  }

  /** Throws when what is kept is not what is counted. */
  verifyInvariants(): void {
    let heldBytes = 0;
    this.#kept.forEach((kept, sizeClass) => {
      assert(this.#fewest[sizeClass]! <= kept.length, "more lay unused than there are");
      for (const { buffer, length } of kept) {
        assert(length === LARGE_BYTES << sizeClass, "a buffer of another class");
        assert(buffer.byteLength === length && this.#known.has(buffer), "a buffer from elsewhere");
        heldBytes += length;
      }
    });
    assert(heldBytes === this.#heldBytes, "kept bytes and buffers differ");
    assert(heldBytes <= MAX_HELD_BYTES, "too much is kept");
  }
}

const JUNK = 0x2a;

/** Of the largest number of bytes in the smallest class, less one. */
const SMALLEST_LEADING_ZEROS = Math.clz32(LARGE_BYTES - 1);

/** The class whose buffers hold `bytes`: 0 for the smallest, `CLASS_COUNT` for none that is kept. */
function classOf(bytes: number): number {
  if (bytes > MAX_KEPT_BYTES) return CLASS_COUNT;
  return bytes <= LARGE_BYTES ? 0 : SMALLEST_LEADING_ZEROS - Math.clz32(bytes - 1);
}
