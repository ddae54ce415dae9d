import { assert, CHECKED } from "../assert.ts";
import { OutOfMemory } from "../engine/out-of-memory.ts";
import { copyBytes } from "../resp/copy.ts";
import { compareBytes } from "./score-order.ts";

/** What is kept from one use to the next. */
const KEPT_BYTES = 64 * 1024;
const KEPT_TEXTS = 4096;
const FIRST_BYTES = 1024;
const FIRST_TEXTS = 64;
/** Offsets are words. */
const MOST_BYTES = 2 ** 32 - 1;

/**
 * Texts by position, copied to one array of bytes, so that many cost no object each. Some may be
 * absent. `clear` begins anew.
 */
export class Texts {
  /** Where the texts are. */
  bytes: Uint8Array = new Uint8Array(FIRST_BYTES);
  /** Where each begins. */
  starts: Uint32Array = new Uint32Array(FIRST_TEXTS);
  /** How long each is; -1 where there is none. */
  lengths: Int32Array = new Int32Array(FIRST_TEXTS);
  /** How many there are, absent ones included. */
  count = 0;
  #end = 0;

  /** Forgets the texts, and gives memory back that few uses need. */
  clear(): void {
    this.count = 0;
    this.#end = 0;
    if (this.bytes.length > KEPT_BYTES) this.bytes = new Uint8Array(FIRST_BYTES);
    if (this.starts.length > KEPT_TEXTS) {
      this.starts = new Uint32Array(FIRST_TEXTS);
      this.lengths = new Int32Array(FIRST_TEXTS);
    }
  }

  /** Bytes of all texts. */
  get totalBytes(): number {
    return this.#end;
  }

  /** Adds a copy of a text. @throws OutOfMemory */
  add(bytes: Uint8Array, offset: number, length: number): void {
    const end = this.#end + length;
    if (end > this.bytes.length) this.#growBytes(end);
    copyBytes(bytes, offset, this.bytes, this.#end, length);
    this.#put(length);
    this.#end = end;
  }

  /** Adds that there is none. @throws OutOfMemory */
  addAbsent(): void {
    this.#put(-1);
  }

  #put(length: number): void {
    if (this.count === this.starts.length) this.#growTexts();
    this.starts[this.count] = this.#end;
    this.lengths[this.count++] = length;
  }

  /**
   * Below 0, 0 or above 0 as text `i` comes before text `j`, is equal, or behind: by bytes, absent
   * ones first.
   *
   * @param lengths how much of each is looked at
   */
  compare(i: number, j: number, lengths = this.lengths): number {
    if (CHECKED) assert(i < this.count && j < this.count, "texts that are there");
    const { bytes, starts } = this;
    const length = lengths[i]!;
    const other = lengths[j]!;
    if (length < 0 || other < 0) return (length < 0 ? 0 : 1) - (other < 0 ? 0 : 1);
    return compareBytes(bytes, starts[i]!, length, bytes, starts[j]!, other);
  }

  /** How much of each text C sees: up to its first zero byte. */
  cLengths(): Int32Array {
    const { bytes, starts, lengths } = this;
    let zero = bytes.indexOf(0);
    if (zero < 0 || zero >= this.#end) return lengths;
    const seen = lengths.slice(0, this.count);
    for (let i = 0; i < this.count && zero >= 0; i++) {
      const start = starts[i]!;
      if (zero < start) zero = bytes.indexOf(0, start);
      if (zero >= 0 && zero < start + lengths[i]!) seen[i] = zero - start;
    }
    return seen;
  }

  #growBytes(needed: number): void {
    if (needed > MOST_BYTES) throw new OutOfMemory("texts of more than 4 GiB");
    const grown = allocated(() => new Uint8Array(Math.min(needed * 2, MOST_BYTES)));
    grown.set(this.bytes.subarray(0, this.#end));
    this.bytes = grown;
  }

  #growTexts(): void {
    const size = this.count * 2;
    const starts = allocated(() => new Uint32Array(size));
    const lengths = allocated(() => new Int32Array(size));
    starts.set(this.starts);
    lengths.set(this.lengths);
    this.starts = starts;
    this.lengths = lengths;
  }
}

function allocated<A>(allocate: () => A): A {
  try {
    return allocate();
  } catch (error) {
    if (error instanceof RangeError) throw new OutOfMemory("no memory for texts");
    throw error;
  }
}
