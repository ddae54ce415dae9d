import { assert, CHECKED } from "./assert.ts";
import { OutOfMemory, takeMemory } from "./out-of-memory.ts";
import {
  CLASS_COUNT,
  CLASS_UNITS,
  classOfUnits,
  classWithin,
  UNIT_BYTES,
  unitsOf,
} from "./size-class.ts";

/**
 * The address of a block: segment index above, unit within the segment below, in 32 bits. It is
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
/** A split leaves at least this many units: less would hold no ordinary entry. */
const SPLIT_UNITS = 4;
/** The live count of a segment that holds one block above the largest class. */
const DEDICATED = -1;
const MIB = 1024 * 1024;

/** Word 2 of a free block; an owner's blocks never have the high four bits set in that word. */
const FREE_MARK = 0xf0000000 | 0;

const NO_BYTES = new Uint8Array(0);
const NO_WORDS = new Int32Array(0);

/**
 * Memory in blocks of 16-byte units, outside the JavaScript heap.
 *
 * Segments are ordinary ArrayBuffers, opened as they are needed. A block up to the largest class
 * comes from its class's free list, from the end of the newest segment, or from splitting a larger
 * free block; a block above that has a segment of its own. A segment whose last block is freed is
 * whole again: one is kept for reuse, others are given back.
 *
 * A free block holds: next free block, previous one, the mark, its units.
 */
export class Arena {
  /** Bytes of each segment, by index; empty where an index is not in use. */
  readonly bytes: Uint8Array[] = [];
  /** The same segments as 32-bit words. */
  readonly words: Int32Array[] = [];
  /** A reference's segment is `ref >>> unitShift`. */
  readonly unitShift: number;
  /** A reference's unit within its segment is `ref & unitMask`. */
  readonly unitMask: number;
  readonly #segmentUnits: number;
  readonly #largestUnits: number;
  readonly #heads = new Int32Array(CLASS_COUNT);
  #live: Int32Array = new Int32Array(4);
  readonly #vacant: number[] = [];
  #spare = 0;
  #bumpSegment = 0;
  #bumpUnit: number;
  #liveUnits = 0;
  #reservedUnits = 0;

  /**
   * `segmentBytes` is a power of two of at least 1024. Indexes below `firstSegment` (at least 1,
   * so that no reference is 0) stay unused.
   */
  constructor(segmentBytes: number, firstSegment = 1) {
    assert(segmentBytes >= 1024 && (segmentBytes & (segmentBytes - 1)) === 0, "segment size");
    assert(firstSegment >= 1, "segment 0 is reserved");
    this.#segmentUnits = segmentBytes / UNIT_BYTES;
    this.unitShift = 31 - Math.clz32(this.#segmentUnits);
    this.unitMask = this.#segmentUnits - 1;
    assert(this.#segmentUnits >= RESERVED_REFS, "segment 0 holds the reserved references");
    this.#bumpUnit = this.#segmentUnits;
    const largest = classWithin(this.#segmentUnits >>> 2);
    this.#largestUnits = CLASS_UNITS[largest]!;
    for (let i = 0; i < firstSegment; i++) {
      this.bytes.push(NO_BYTES);
      this.words.push(NO_WORDS);
    }
    if (firstSegment > this.#live.length) this.#live = new Int32Array(firstSegment);
  }

  /** Bytes of all blocks handed out, at their class's size. */
  get liveBytes(): number {
    return this.#liveUnits * UNIT_BYTES;
  }

  /** Bytes of all segments. */
  get reservedBytes(): number {
    return this.#reservedUnits * UNIT_BYTES;
  }

  /** A block for `byteLength` bytes (at least 16), its content arbitrary. Throws OutOfMemory when memory or addresses run out, changing nothing. */
  allocate(byteLength: number): BlockRef {
    if (CHECKED) assert(byteLength >= UNIT_BYTES, "a block holds at least one unit");
    const needed = unitsOf(byteLength);
    if (needed > this.#largestUnits) return this.#allocateDedicated(needed);
    const sizeClass = classOfUnits(needed);
    const units = CLASS_UNITS[sizeClass]!;
    let ref = this.#heads[sizeClass]!;
    if (ref !== 0) {
      this.#unlink(ref, sizeClass);
    } else if (this.#bumpUnit + units <= this.#segmentUnits) {
      ref = this.#bump(units);
    } else {
      ref = this.#split(units);
      if (ref === 0) {
        this.#openSegment();
        ref = this.#bump(units);
      }
    }
    if (CHECKED) assert(ref >>> 0 >= RESERVED_REFS, "a block has a reserved reference");
    this.#live[ref >>> this.unitShift]! += units;
    this.#liveUnits += units;
    return ref;
  }

  /** As `allocate`, with room to grow if the block has a segment of its own: doubled up to 1 MiB, then an eighth and at least 1 MiB more. */
  allocateGrowing(byteLength: number): BlockRef {
    const needed = unitsOf(byteLength);
    if (needed <= this.#largestUnits) return this.allocate(byteLength);
    return this.#allocateDedicated(unitsOf(grownBytes(byteLength)));
  }

  /** Frees a block that holds `byteLength` bytes. */
  free(ref: BlockRef, byteLength: number): void {
    const segment = ref >>> this.unitShift;
    const needed = unitsOf(byteLength);
    if (needed > this.#largestUnits) {
      this.#freeDedicated(segment);
      return;
    }
    const sizeClass = classOfUnits(needed);
    const units = CLASS_UNITS[sizeClass]!;
    if (CHECKED) assert(this.#live[segment]! >= units, "freed more than was allocated");
    this.#link(ref, sizeClass);
    this.#live[segment]! -= units;
    this.#liveUnits -= units;
    if (this.#live[segment] === 0) this.#reset(segment);
  }

  /** True when the block that holds `presentBytes` is the right one for `neededBytes` too: the same class or, above the largest, enough room and not too much. */
  fits(ref: BlockRef, presentBytes: number, neededBytes: number): boolean {
    const present = unitsOf(presentBytes);
    const needed = unitsOf(neededBytes);
    if (present === needed && needed <= this.#largestUnits) return true;
    if (present > this.#largestUnits !== needed > this.#largestUnits) return false;
    if (needed <= this.#largestUnits) return classOfUnits(present) === classOfUnits(needed);
    const capacityBytes = this.bytes[ref >>> this.unitShift]!.length;
    return (
      neededBytes <= capacityBytes && capacityBytes <= unitsOf(grownBytes(neededBytes)) * UNIT_BYTES
    );
  }

  /** Bytes of the block that holds `byteLength` bytes. */
  blockBytes(ref: BlockRef, byteLength: number): number {
    const needed = unitsOf(byteLength);
    if (needed > this.#largestUnits) return this.bytes[ref >>> this.unitShift]!.length;
    return CLASS_UNITS[classOfUnits(needed)]! * UNIT_BYTES;
  }

  #bump(units: number): BlockRef {
    const ref = (this.#bumpSegment << this.unitShift) | this.#bumpUnit;
    this.#bumpUnit += units;
    return ref;
  }

  /** Cuts `units` off the largest free block that leaves a useful rest; 0 when there is none. */
  #split(units: number): BlockRef {
    for (let from = CLASS_COUNT - 1; from >= 0; from--) {
      const whole = CLASS_UNITS[from]!;
      if (whole < units + SPLIT_UNITS) return 0;
      const ref = this.#heads[from]!;
      if (ref === 0) continue;
      this.#unlink(ref, from);
      this.#linkRange(ref + units, whole - units);
      return ref;
    }
    return 0;
  }

  #openSegment(): void {
    const opened = this.#spare !== 0 ? this.#spare : this.#addSegment(this.#segmentUnits, 0);
    this.#spare = 0;
    if (this.#bumpSegment !== 0) {
      const rest = (this.#bumpSegment << this.unitShift) | this.#bumpUnit;
      this.#linkRange(rest, this.#segmentUnits - this.#bumpUnit);
    }
    this.#bumpSegment = opened;
    this.#bumpUnit = 0;
  }

  #allocateDedicated(units: number): BlockRef {
    const segment = this.#addSegment(units, DEDICATED);
    this.#liveUnits += units;
    return segment << this.unitShift;
  }

  #freeDedicated(segment: number): void {
    if (CHECKED) assert(this.#live[segment] === DEDICATED, "not a block of its own segment");
    this.#liveUnits -= this.bytes[segment]!.length / UNIT_BYTES;
    this.#dropSegment(segment);
  }

  #addSegment(units: number, live: number): number {
    const segment = this.#vacant.at(-1) ?? this.bytes.length;
    if (segment >= 2 ** (REF_BITS - this.unitShift)) throw new OutOfMemory("no segment index left");
    const buffer = takeMemory(units * UNIT_BYTES);
    this.bytes[segment] = new Uint8Array(buffer);
    this.words[segment] = new Int32Array(buffer);
    this.#vacant.pop();
    if (segment >= this.#live.length) {
      const grown = new Int32Array(this.#live.length * 2);
      grown.set(this.#live);
      this.#live = grown;
    }
    this.#live[segment] = live;
    this.#reservedUnits += units;
    return segment;
  }

  #dropSegment(segment: number): void {
    this.#reservedUnits -= this.bytes[segment]!.length / UNIT_BYTES;
    this.bytes[segment] = NO_BYTES;
    this.words[segment] = NO_WORDS;
    this.#live[segment] = 0;
    this.#vacant.push(segment);
  }

  /** Makes a segment without live blocks whole again. */
  #reset(segment: number): void {
    const words = this.words[segment]!;
    const end = segment === this.#bumpSegment ? this.#bumpUnit : this.#segmentUnits;
    let unit = 0;
    while (unit < end) {
      const units = words[unit * 4 + 3]!;
      this.#unlink((segment << this.unitShift) | unit, classOfUnits(units));
      unit += units;
    }
    if (segment === this.#bumpSegment) this.#bumpUnit = 0;
    else if (this.#spare === 0) this.#spare = segment;
    else this.#dropSegment(segment);
  }

  /** Puts a range on the free lists, in blocks as large as possible. */
  #linkRange(start: BlockRef, length: number): void {
    let ref = start;
    let rest = length;
    while (rest > 0) {
      const sizeClass = Math.min(classWithin(rest), classWithin(this.#largestUnits));
      this.#link(ref, sizeClass);
      ref += CLASS_UNITS[sizeClass]!;
      rest -= CLASS_UNITS[sizeClass]!;
    }
  }

  #link(ref: BlockRef, sizeClass: number): void {
    const words = this.words[ref >>> this.unitShift]!;
    const at = (ref & this.unitMask) << 2;
    const next = this.#heads[sizeClass]!;
    words[at] = next;
    words[at + 1] = 0;
    words[at + 2] = FREE_MARK;
    words[at + 3] = CLASS_UNITS[sizeClass]!;
    if (next !== 0) this.#setPrevious(next, ref);
    this.#heads[sizeClass] = ref;
  }

  #unlink(ref: BlockRef, sizeClass: number): void {
    const words = this.words[ref >>> this.unitShift]!;
    const at = (ref & this.unitMask) << 2;
    const next = words[at]!;
    const previous = words[at + 1]!;
    if (next !== 0) this.#setPrevious(next, previous);
    if (previous === 0) this.#heads[sizeClass] = next;
    else this.words[previous >>> this.unitShift]![(previous & this.unitMask) << 2] = next;
  }

  #setPrevious(ref: BlockRef, previous: BlockRef): void {
    this.words[ref >>> this.unitShift]![((ref & this.unitMask) << 2) + 1] = previous;
  }

  /**
   * Checks segments, blocks, free lists and accounting, and calls `visitLive` for each block in
   * use, which returns the bytes it holds. Throws AssertionError.
   */
  verify(visitLive: (ref: BlockRef) => number): void {
    const free = new Set<BlockRef>();
    let liveUnits = 0;
    let reservedUnits = 0;
    for (let segment = 1; segment < this.bytes.length; segment++) {
      const units = this.bytes[segment]!.length / UNIT_BYTES;
      if (units === 0) continue;
      reservedUnits += units;
      liveUnits += this.#verifySegment(segment, units, free, visitLive);
    }
    this.#verifyFreeLists(free);
    assert(liveUnits === this.#liveUnits, "live units differ from the blocks in use");
    assert(reservedUnits === this.#reservedUnits, "reserved units differ from the segments");
    for (const segment of this.#vacant) {
      assert(this.bytes[segment] === NO_BYTES, "a vacant segment holds memory");
    }
    assert(new Set(this.#vacant).size === this.#vacant.length, "a segment is vacant twice");
  }

  #verifySegment(
    segment: number,
    units: number,
    free: Set<BlockRef>,
    visitLive: (ref: BlockRef) => number,
  ): number {
    const first = segment << this.unitShift;
    if (this.#live[segment] === DEDICATED) {
      const heldUnits = unitsOf(visitLive(first));
      assert(heldUnits > this.#largestUnits && heldUnits <= units, "a dedicated segment's size");
      return units;
    }
    assert(units === this.#segmentUnits, "a shared segment's size");
    if (segment === this.#spare) assert(this.#live[segment] === 0, "the spare segment is in use");
    const end = this.#segmentEnd(segment);
    let live = 0;
    let unit = 0;
    while (unit < end) {
      const ref = first | unit;
      const words = this.words[segment]!;
      let length = words[unit * 4 + 3]!;
      if (words[unit * 4 + 2] === FREE_MARK) {
        assert(length > 0 && CLASS_UNITS.includes(length), "a free block has no class's size");
        free.add(ref);
      } else {
        const held = unitsOf(visitLive(ref));
        assert(held > 0 && held <= this.#largestUnits, "a block has a class's size");
        length = CLASS_UNITS[classOfUnits(held)]!;
        live += length;
      }
      unit += length;
    }
    assert(unit === end, "blocks overlap or leave a hole");
    assert(live === this.#live[segment], "a segment's live units");
    assert(live > 0 || end === 0, "an empty segment was not made whole");
    return live;
  }

  #segmentEnd(segment: number): number {
    if (segment === this.#spare) return 0;
    return segment === this.#bumpSegment ? this.#bumpUnit : this.#segmentUnits;
  }

  /** `free` holds every free block met in the segments; the lists must hold exactly those. */
  #verifyFreeLists(free: Set<BlockRef>): void {
    for (let sizeClass = 0; sizeClass < CLASS_COUNT; sizeClass++) {
      let previous = 0;
      for (let ref = this.#heads[sizeClass]!; ref !== 0; ) {
        assert(free.delete(ref), "a free list holds a block that is not free, or holds it twice");
        const words = this.words[ref >>> this.unitShift]!;
        const at = (ref & this.unitMask) << 2;
        assert(words[at + 3] === CLASS_UNITS[sizeClass], "a free block is on another class's list");
        assert(words[at + 1] === previous, "a free block's back link");
        previous = ref;
        ref = words[at]!;
      }
    }
    assert(free.size === 0, "a free block is on no list");
  }
}

function grownBytes(byteLength: number): number {
  if (byteLength < MIB) return byteLength * 2;
  return byteLength + Math.max(MIB, byteLength >>> 3);
}
