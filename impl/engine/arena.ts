import { assert, CHECKED } from "../assert.ts";
import { releaseMemory } from "../resp/release.ts";
import { OutOfMemory, takeMemory } from "./out-of-memory.ts";
import {
  CLASS_COUNT,
  CLASS_GRAINS,
  classOfGrains,
  classWithin,
  GRAIN_BYTES,
  grainsOf,
} from "./size-class.ts";

/**
 * The address of a block: segment index above, grain within the segment below, in 32 bits. It is
 * kept signed, so that it is a small integer up to the last segment; 0 is no block.
 */
export type BlockRef = number;

/**
 * References from 0 up to this one, which it does not include, name no block, since the smallest
 * segment is longer and segment 0 is never used: marks that look like references are chosen here.
 */
export const RESERVED_REFS = 64;

/** Segments are numbered below this, whatever their size. */
const REF_BITS = 32;
/** A split leaves at least this many grains: less would hold no ordinary entry. */
const SPLIT_GRAINS = 4;
/** The live count of a segment that holds one block above the largest class. */
const DEDICATED = -1;
const MIB = 1024 * 1024;

/** Dropped segments are given back before the next large block when they are more than this. */
const MAX_DROPPED_BYTES = 64 * MIB;
/** Blocks that one `free` takes off the lists while segments wait to be made whole. */
const TIDIED_PER_FREE = 4;

const NO_BYTES = new Uint8Array(0);
const NO_WORDS = new Int32Array(0);

/**
 * Memory in blocks of 16-byte grains, outside the JavaScript heap.
 *
 * Segments are ordinary ArrayBuffers, opened as they are needed. A block up to the largest class
 * comes from its class's free list, from the end of the newest segment, or from splitting a larger
 * free block; a block above that has a segment of its own. A segment whose last block is freed
 * becomes whole again, a few blocks at a time: by `tidy`, and by each further `free`. One whole
 * segment is kept for reuse, others are given back.
 *
 * What is in a block is its owner's alone: any bytes. A free block holds the next free block and
 * the previous one in its first two words, and its grains in the fourth.
 */
export class Arena {
  /** Bytes of each segment, by index; empty where an index is not in use. */
  readonly bytes: Uint8Array[] = [];
  /** The same segments as 32-bit words. */
  readonly words: Int32Array[] = [];
  /** A reference's segment is `ref >>> grainShift`. */
  readonly grainShift: number;
  /** A reference's grain within its segment is `ref & grainMask`. */
  readonly grainMask: number;
  readonly #firstSegment: number;
  readonly #segmentGrains: number;
  readonly #largestGrains: number;
  readonly #heads = new Int32Array(CLASS_COUNT);
  #live: Int32Array = new Int32Array(4);
  readonly #vacant: number[] = [];
  /** Segments that had no live block when they came here, each once: `#awaits` says which. */
  readonly #emptied: number[] = [];
  #awaits: Uint8Array = new Uint8Array(4);
  /** The segment that is being made whole; 0 is none. */
  #tidying = 0;
  /** Its grains before this one are on no list. */
  #tidied = 0;
  #spare = 0;
  /** Memory of segments that are gone, which whoever removed the value may still read. */
  readonly #dropped: ArrayBufferLike[] = [];
  #droppedBytes = 0;
  #bumpSegment = 0;
  #bumpGrain: number;
  #liveGrains = 0;
  #reservedGrains = 0;

  /**
   * `segmentBytes` is a power of two of at least 1024. Indexes below `firstSegment` (at least 1,
   * so that no reference is 0) stay unused.
   */
  constructor(segmentBytes: number, firstSegment = 1) {
    assert(segmentBytes >= 1024 && (segmentBytes & (segmentBytes - 1)) === 0, "segment size");
    assert(firstSegment >= 1, "segment 0 is reserved");
    this.#segmentGrains = segmentBytes / GRAIN_BYTES;
    this.grainShift = 31 - Math.clz32(this.#segmentGrains);
    this.grainMask = this.#segmentGrains - 1;
    assert(this.#segmentGrains >= RESERVED_REFS, "segment 0 holds the reserved references");
    this.#bumpGrain = this.#segmentGrains;
    const largest = classWithin(this.#segmentGrains >>> 2);
    this.#largestGrains = CLASS_GRAINS[largest]!;
    for (let i = 0; i < firstSegment; i++) {
      this.bytes.push(NO_BYTES);
      this.words.push(NO_WORDS);
    }
    this.#firstSegment = firstSegment;
    while (this.#live.length < firstSegment) this.#growSegments();
  }

  /** Bytes of all blocks handed out, at their class's size. */
  get liveBytes(): number {
    return this.#liveGrains * GRAIN_BYTES;
  }

  /** Bytes of all segments. */
  get reservedBytes(): number {
    return this.#reservedGrains * GRAIN_BYTES;
  }

  /** A block for `byteLength` bytes (at least 16), its content arbitrary. Throws OutOfMemory when memory or addresses run out, changing nothing. */
  allocate(byteLength: number): BlockRef {
    if (CHECKED) assert(byteLength >= GRAIN_BYTES, "a block holds at least one grain");
    const needed = grainsOf(byteLength);
    if (needed > this.#largestGrains) return this.#allocateDedicated(needed);
    const sizeClass = classOfGrains(needed);
    const grains = CLASS_GRAINS[sizeClass]!;
    let ref = this.#heads[sizeClass]!;
    if (ref !== 0) {
      this.#unlink(ref, sizeClass);
    } else if (this.#bumpGrain + grains <= this.#segmentGrains) {
      ref = this.#bump(grains);
    } else {
      ref = this.#split(grains);
      if (ref === 0) {
        this.#openSegment();
        ref = this.#bump(grains);
      }
    }
    if (CHECKED) assert(ref >>> 0 >= RESERVED_REFS, "a block has a reserved reference");
    this.#live[ref >>> this.grainShift]! += grains;
    this.#liveGrains += grains;
    return ref;
  }

  /** As `allocate`, with room to grow if the block has a segment of its own: doubled up to 1 MiB, then an eighth and at least 1 MiB more. */
  allocateGrowing(byteLength: number): BlockRef {
    const needed = grainsOf(byteLength);
    if (needed <= this.#largestGrains) return this.allocate(byteLength);
    return this.#allocateDedicated(grainsOf(grownBytes(byteLength)));
  }

  /** True when a block for `byteLength` bytes has a segment of its own. */
  isDedicated(byteLength: number): boolean {
    return grainsOf(byteLength) > this.#largestGrains;
  }

  /**
   * Makes memory from elsewhere the segment of a block, so that nothing is copied. Throws
   * OutOfMemory when addresses run out, changing nothing.
   *
   * @param memory whole grains, of a block that `isDedicated`, from a multiple of four bytes of its
   *   buffer on; nobody else uses that from now on
   */
  adopt(memory: Uint8Array): BlockRef {
    const { buffer, byteOffset, length } = memory;
    assert(length % GRAIN_BYTES === 0 && this.isDedicated(length), "a block of its own segment");
    // Not the view that was given: a Buffer among the segments would make each access slower.
    const bytes = new Uint8Array(buffer, byteOffset, length);
    const words = new Int32Array(buffer, byteOffset, length >>> 2);
    const segment = this.#enter(bytes, words, DEDICATED);
    this.#liveGrains += length / GRAIN_BYTES;
    return segment << this.grainShift;
  }

  /** Frees a block that holds `byteLength` bytes. */
  free(ref: BlockRef, byteLength: number): void {
    const segment = ref >>> this.grainShift;
    const needed = grainsOf(byteLength);
    if (needed > this.#largestGrains) {
      this.#freeDedicated(segment);
      return;
    }
    const sizeClass = classOfGrains(needed);
    const grains = CLASS_GRAINS[sizeClass]!;
    if (CHECKED) assert(this.#live[segment]! >= grains, "freed more than was allocated");
    this.#link(ref, sizeClass);
    this.#live[segment]! -= grains;
    this.#liveGrains -= grains;
    if (this.#live[segment] === 0) this.#empty(segment);
    if (this.untidy) this.tidy(TIDIED_PER_FREE);
  }

  /** Frees every block, without walking them. */
  clear(): void {
    for (const bytes of this.bytes) if (bytes !== NO_BYTES) this.#drop(bytes);
    this.bytes.length = this.#firstSegment;
    this.words.length = this.#firstSegment;
    this.#heads.fill(0);
    this.#live.fill(0);
    this.#awaits.fill(0);
    this.#vacant.length = 0;
    this.#emptied.length = 0;
    this.#tidying = 0;
    this.#tidied = 0;
    this.#spare = 0;
    this.#bumpSegment = 0;
    this.#bumpGrain = this.#segmentGrains;
    this.#liveGrains = 0;
    this.#reservedGrains = 0;
  }

  /** True while segments without live blocks wait to be made whole. */
  get untidy(): boolean {
    return this.#tidying !== 0 || this.#emptied.length > 0;
  }

  /**
   * Takes up to `blocks` free blocks of empty segments off the lists, and makes whole what is done.
   *
   * @returns how many of `blocks` were not needed
   */
  tidy(blocks: number): number {
    let left = blocks;
    while (left > 0 && this.untidy) left = this.#tidySome(left);
    return left;
  }

  /** True when the block that holds `presentBytes` is the right one for `neededBytes` too: the same class or, above the largest, enough room and not too much. */
  fits(ref: BlockRef, presentBytes: number, neededBytes: number): boolean {
    const present = grainsOf(presentBytes);
    const needed = grainsOf(neededBytes);
    if (present === needed && needed <= this.#largestGrains) return true;
    if (present > this.#largestGrains !== needed > this.#largestGrains) return false;
    if (needed <= this.#largestGrains) return classOfGrains(present) === classOfGrains(needed);
    const capacityBytes = this.bytes[ref >>> this.grainShift]!.length;
    return (
      neededBytes <= capacityBytes &&
      capacityBytes <= grainsOf(grownBytes(neededBytes)) * GRAIN_BYTES
    );
  }

  /** Bytes of the block that holds `byteLength` bytes. */
  blockBytes(ref: BlockRef, byteLength: number): number {
    const needed = grainsOf(byteLength);
    if (needed > this.#largestGrains) return this.bytes[ref >>> this.grainShift]!.length;
    return CLASS_GRAINS[classOfGrains(needed)]! * GRAIN_BYTES;
  }

  #bump(grains: number): BlockRef {
    const ref = (this.#bumpSegment << this.grainShift) | this.#bumpGrain;
    this.#bumpGrain += grains;
    return ref;
  }

  /** Cuts `grains` off the largest free block that leaves a useful rest; 0 when there is none. */
  #split(grains: number): BlockRef {
    for (let from = CLASS_COUNT - 1; from >= 0; from--) {
      const whole = CLASS_GRAINS[from]!;
      if (whole < grains + SPLIT_GRAINS) return 0;
      const ref = this.#heads[from]!;
      if (ref === 0) continue;
      this.#unlink(ref, from);
      this.#linkRange(ref + grains, whole - grains);
      return ref;
    }
    return 0;
  }

  #openSegment(): void {
    const opened = this.#spare !== 0 ? this.#spare : this.#addSegment(this.#segmentGrains, 0);
    this.#spare = 0;
    if (this.#bumpSegment !== 0) {
      const rest = (this.#bumpSegment << this.grainShift) | this.#bumpGrain;
      this.#linkRange(rest, this.#segmentGrains - this.#bumpGrain);
    }
    this.#bumpSegment = opened;
    this.#bumpGrain = 0;
  }

  #allocateDedicated(grains: number): BlockRef {
    // What a command allocates it does before it frees: all of these are of earlier ones.
    if (this.#droppedBytes > MAX_DROPPED_BYTES) this.releaseDropped(MAX_DROPPED_BYTES);
    const segment = this.#addSegment(grains, DEDICATED);
    this.#liveGrains += grains;
    return segment << this.grainShift;
  }

  #freeDedicated(segment: number): void {
    if (CHECKED) assert(this.#live[segment] === DEDICATED, "not a block of its own segment");
    this.#liveGrains -= this.bytes[segment]!.length / GRAIN_BYTES;
    this.#dropSegment(segment);
  }

  /**
   * Gives the memory of dropped segments back to the system, about `maxBytes` of it: between
   * commands, when nobody reads it.
   *
   * @returns true while there is more
   */
  releaseDropped(maxBytes: number): boolean {
    for (let left = maxBytes; left > 0 && this.#dropped.length > 0; ) {
      const buffer = this.#dropped.pop()!;
      left -= buffer.byteLength;
      this.#droppedBytes -= buffer.byteLength;
      releaseMemory(buffer);
    }
    return this.#dropped.length > 0;
  }

  /**
   * Memory of a dropped segment that would else be given back, for whoever has had memory adopted;
   * null when there is none. Whoever removed the value may read it until the command has run.
   */
  takeDropped(): ArrayBufferLike | null {
    const buffer = this.#dropped.pop() ?? null;
    if (buffer !== null) this.#droppedBytes -= buffer.byteLength;
    return buffer;
  }

  #addSegment(grains: number, live: number): number {
    const buffer = takeMemory(grains * GRAIN_BYTES);
    return this.#enter(new Uint8Array(buffer), new Int32Array(buffer), live);
  }

  /** Gives memory an index. */
  #enter(bytes: Uint8Array, words: Int32Array, live: number): number {
    const segment = this.#vacant.at(-1) ?? this.bytes.length;
    if (segment >= 2 ** (REF_BITS - this.grainShift))
      throw new OutOfMemory("no segment index left");
    this.bytes[segment] = bytes;
    this.words[segment] = words;
    this.#vacant.pop();
    if (segment >= this.#live.length) this.#growSegments();
    this.#live[segment] = live;
    this.#reservedGrains += bytes.length / GRAIN_BYTES;
    return segment;
  }

  /** Makes room for the counts of twice as many segments. */
  #growSegments(): void {
    const live = new Int32Array(this.#live.length * 2);
    live.set(this.#live);
    this.#live = live;
    const awaits = new Uint8Array(live.length);
    awaits.set(this.#awaits);
    this.#awaits = awaits;
  }

  #dropSegment(segment: number): void {
    this.#reservedGrains -= this.bytes[segment]!.length / GRAIN_BYTES;
    this.#drop(this.bytes[segment]!);
    this.bytes[segment] = NO_BYTES;
    this.words[segment] = NO_WORDS;
    this.#live[segment] = 0;
    this.#vacant.push(segment);
  }

  #drop({ buffer }: Uint8Array): void {
    this.#dropped.push(buffer);
    this.#droppedBytes += buffer.byteLength;
  }

  /** Notes that a segment has no live block any more. */
  #empty(segment: number): void {
    if (this.#awaits[segment] !== 0 || segment === this.#tidying) return;
    this.#awaits[segment] = 1;
    this.#emptied.push(segment);
  }

  #tidySome(blocks: number): number {
    if (this.#tidying === 0) {
      this.#tidying = this.#emptied.pop()!;
      this.#awaits[this.#tidying] = 0;
    }
    const segment = this.#tidying;
    const first = segment << this.grainShift;
    if (this.#live[segment] !== 0) {
      // It is in use again: what was taken off the lists goes back.
      this.#linkRange(first, this.#tidied);
      this.#endTidying();
      return blocks - 1;
    }
    const words = this.words[segment]!;
    const end = segment === this.#bumpSegment ? this.#bumpGrain : this.#segmentGrains;
    let left = blocks;
    let grain = this.#tidied;
    for (; grain < end && left > 0; left--) {
      const grains = words[grain * 4 + 3]!;
      this.#unlink(first | grain, classOfGrains(grains));
      grain += grains;
    }
    this.#tidied = grain;
    if (grain < end) return left;
    if (CHECKED) assert(grain === end, "free blocks fill an empty segment");
    this.#endTidying();
    if (segment === this.#bumpSegment) this.#bumpGrain = 0;
    else if (this.#spare === 0) this.#spare = segment;
    else this.#dropSegment(segment);
    return left;
  }

  #endTidying(): void {
    this.#tidying = 0;
    this.#tidied = 0;
  }

  /** Puts a range on the free lists, in blocks as large as possible. */
  #linkRange(start: BlockRef, length: number): void {
    let ref = start;
    let rest = length;
    while (rest > 0) {
      const sizeClass = Math.min(classWithin(rest), classWithin(this.#largestGrains));
      this.#link(ref, sizeClass);
      ref += CLASS_GRAINS[sizeClass]!;
      rest -= CLASS_GRAINS[sizeClass]!;
    }
  }

  #link(ref: BlockRef, sizeClass: number): void {
    const words = this.words[ref >>> this.grainShift]!;
    const at = (ref & this.grainMask) << 2;
    const next = this.#heads[sizeClass]!;
    words[at] = next;
    words[at + 1] = 0;
    words[at + 3] = CLASS_GRAINS[sizeClass]!;
    if (next !== 0) this.#setPrevious(next, ref);
    this.#heads[sizeClass] = ref;
  }

  #unlink(ref: BlockRef, sizeClass: number): void {
    const words = this.words[ref >>> this.grainShift]!;
    const at = (ref & this.grainMask) << 2;
    const next = words[at]!;
    const previous = words[at + 1]!;
    if (next !== 0) this.#setPrevious(next, previous);
    if (previous === 0) this.#heads[sizeClass] = next;
    else this.words[previous >>> this.grainShift]![(previous & this.grainMask) << 2] = next;
  }

  #setPrevious(ref: BlockRef, previous: BlockRef): void {
    this.words[ref >>> this.grainShift]![((ref & this.grainMask) << 2) + 1] = previous;
  }

  /**
   * Checks segments, free lists and accounting, and that the blocks which the owners name are
   * exactly those in use. Throws AssertionError.
   *
   * @param nameOwned calls its argument for every block that somebody owns, with the bytes that it
   *   was allocated for
   */
  verify(nameOwned: (own: (ref: BlockRef, heldBytes: number) => void) => void): void {
    /** Grains of every block by its reference. */
    const blocks = new Map<BlockRef, number>();
    let liveGrains = 0;
    nameOwned((ref, heldBytes) => {
      assert(!blocks.has(ref), "a block has two owners");
      const grains = this.blockBytes(ref, heldBytes) / GRAIN_BYTES;
      assert(heldBytes > 0 && grains > 0, "an owned block has no bytes");
      blocks.set(ref, grains);
      liveGrains += grains;
    });
    assert(liveGrains === this.#liveGrains, "live grains differ from the owned blocks");
    this.#verifyLive(blocks);
    this.#collectFree(blocks);
    if (this.#tidied > 0) blocks.set(this.#tidying << this.grainShift, this.#tidied);
    this.#verifySegments(blocks);
  }

  /** Checks each segment's live grains against the owned blocks. */
  #verifyLive(owned: ReadonlyMap<BlockRef, number>): void {
    const live = new Map<number, number>();
    for (const [ref, grains] of owned) {
      const segment = ref >>> this.grainShift;
      assert(segment < this.bytes.length && this.bytes[segment] !== NO_BYTES, "a segment is gone");
      live.set(segment, (live.get(segment) ?? 0) + grains);
    }
    for (let segment = this.#firstSegment; segment < this.bytes.length; segment++) {
      const grains = live.get(segment) ?? 0;
      const own = this.#live[segment] === DEDICATED;
      if (own) assert(grains > this.#largestGrains, "a dedicated segment holds its one block");
      else assert(grains === this.#live[segment], "a segment's live grains");
    }
  }

  /** Adds the blocks of the free lists. */
  #collectFree(blocks: Map<BlockRef, number>): void {
    for (let sizeClass = 0; sizeClass < CLASS_COUNT; sizeClass++) {
      let previous = 0;
      for (let ref = this.#heads[sizeClass]!; ref !== 0; ) {
        assert(!blocks.has(ref), "a free list holds a block that is not free, or holds it twice");
        const words = this.words[ref >>> this.grainShift]!;
        const at = (ref & this.grainMask) << 2;
        assert(
          words[at + 3] === CLASS_GRAINS[sizeClass],
          "a free block is on another class's list",
        );
        assert(words[at + 1] === previous, "a free block's back link");
        blocks.set(ref, words[at + 3]!);
        previous = ref;
        ref = words[at]!;
      }
    }
  }

  /** Checks that `blocks`, in use and free, fill every segment as far as it is handed out. */
  #verifySegments(blocks: ReadonlyMap<BlockRef, number>): void {
    let reservedGrains = 0;
    let met = 0;
    for (let segment = this.#firstSegment; segment < this.bytes.length; segment++) {
      const grains = this.bytes[segment]!.length / GRAIN_BYTES;
      if (grains === 0) continue;
      reservedGrains += grains;
      const end = this.#segmentEnd(segment, grains);
      let grain = 0;
      while (grain < end) {
        const length = blocks.get((segment << this.grainShift) | grain);
        assert(length !== undefined, "blocks overlap or leave a hole");
        grain += length;
        met++;
      }
      assert(grain === end, "blocks overlap or leave a hole");
      const unused = this.#live[segment] === 0 && end > 0;
      const waits = this.#awaits[segment] === 1 || segment === this.#tidying;
      assert(!unused || waits, "an empty segment was not made whole");
    }
    const droppedBytes = this.#dropped.reduce((sum, { byteLength }) => sum + byteLength, 0);
    assert(droppedBytes === this.#droppedBytes, "dropped bytes differ from the segments");
    assert(met === blocks.size, "a block lies in another block, or beyond a segment's end");
    assert(reservedGrains === this.#reservedGrains, "reserved grains differ from the segments");
    for (const segment of this.#vacant) {
      assert(this.bytes[segment] === NO_BYTES, "a vacant segment holds memory");
    }
    assert(new Set(this.#vacant).size === this.#vacant.length, "a segment is vacant twice");
    assert(new Set(this.#emptied).size === this.#emptied.length, "a segment waits twice");
  }

  /** How many grains of a segment are handed out, used or free. */
  #segmentEnd(segment: number, grains: number): number {
    if (this.#live[segment] === DEDICATED) return grains;
    assert(grains === this.#segmentGrains, "a shared segment's size");
    if (segment === this.#spare) {
      assert(this.#live[segment] === 0, "the spare segment is in use");
      return 0;
    }
    return segment === this.#bumpSegment ? this.#bumpGrain : grains;
  }
}

function grownBytes(byteLength: number): number {
  if (byteLength < MIB) return byteLength * 2;
  return byteLength + Math.max(MIB, byteLength >>> 3);
}
