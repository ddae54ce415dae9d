import { assert, CHECKED } from "../assert.ts";
import { copyBytes } from "../resp/copy.ts";
import { crc32c } from "./crc32c.ts";
import { encodeHeader, MAX_ANNOTATION_BYTES } from "./frame.ts";

/** The body begins behind the longest line, so that line and body leave in one write. */
const BODY_START = MAX_ANNOTATION_BYTES + 1;
const INITIAL_BYTES = 64 * 1024;
/** A buffer above this size is given back once its frame is written. */
const KEPT_BYTES = 4 * 1024 * 1024;

/**
 * Gathers the units of the next frame.
 *
 * Units that come one behind the other in bytes that last for a while, as the requests of a pipeline
 * do, are taken together: copying them one by one costs more than all else that the log does.
 */
export class FrameBuffer {
  #bytes = new Uint8Array(INITIAL_BYTES);
  /** The body is `#bytes[BODY_START..#length)` and the run behind it. */
  #length = BODY_START;
  /** Bytes of units that lie where they came from: `#run[#runStart..#runEnd)`. */
  #run: Uint8Array = NOTHING;
  #runStart = 0;
  #runEnd = 0;
  /** Under test: what the run's bytes were. */
  #runChecksum = 0;

  /** The frame's bytes once it is sealed. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  /** Where the frame ends once it is sealed. */
  get end(): number {
    return this.#length;
  }

  /** Length of what has gathered. */
  get bodyBytes(): number {
    return this.#length - BODY_START + this.#runEnd - this.#runStart;
  }

  /**
   * Adds `bytes[start..start + length)`.
   *
   * @param lasts they stay as they are until `settle`
   */
  append(bytes: Uint8Array, start: number, length: number, lasts: boolean): void {
    if (CHECKED) {
      assert(length > 0, "a unit has bytes");
      assert(start >= 0 && start + length <= bytes.length, "which lie in those given");
    }
    if (!lasts) {
      this.settle();
      this.#take(bytes, start, length);
      return;
    }
    if (bytes !== this.#run || start !== this.#runEnd) {
      this.settle();
      this.#run = bytes;
      this.#runStart = start;
    }
    this.#runEnd = start + length;
    if (CHECKED) this.#runChecksum = crc32c(bytes, start, this.#runEnd, this.#runChecksum);
  }

  /** Bytes that were to last are about to change. */
  settle(): void {
    const length = this.#runEnd - this.#runStart;
    if (length === 0) return;
    if (CHECKED) {
      const checksum = crc32c(this.#run, this.#runStart, this.#runEnd);
      assert(checksum === this.#runChecksum, "bytes that were to last have changed");
    }
    this.#take(this.#run, this.#runStart, length);
    this.#run = NOTHING;
    this.#runStart = 0;
    this.#runEnd = 0;
    this.#runChecksum = 0;
  }

  /**
   * Makes a frame of what has gathered: it ends at `end`. More may be added as if it had not.
   *
   * @param lsn number of the first unit
   * @returns where it begins
   */
  seal(lsn: number, term: number): number {
    if (CHECKED) assert(this.bodyBytes > 0, "a frame holds at least one unit");
    this.settle();
    return encodeHeader(this.#bytes, BODY_START, this.#length - BODY_START, lsn, term);
  }

  /** The frame is written: forgets it. */
  clear(): void {
    this.#length = BODY_START;
    if (CHECKED) assert(this.#runEnd === 0, "units came behind the frame that was written");
    if (this.#bytes.length > KEPT_BYTES) this.#bytes = new Uint8Array(INITIAL_BYTES);
  }

  /** Throws when a rule that ties the parts together is broken. */
  verifyInvariants(): void {
    assert(BODY_START <= this.#length && this.#length <= this.#bytes.length, "the body has room");
    assert(this.#runStart <= this.#runEnd && this.#runEnd <= this.#run.length, "the run is there");
    const isRunning = this.#runEnd > this.#runStart;
    assert(isRunning === (this.#run !== NOTHING), "bytes are kept alive for a run alone");
    if (!CHECKED || !isRunning) return;
    const checksum = crc32c(this.#run, this.#runStart, this.#runEnd);
    assert(checksum === this.#runChecksum, "bytes that were to last have changed");
  }

  #take(bytes: Uint8Array, start: number, length: number): void {
    this.#reserve(length);
    copyBytes(bytes, start, this.#bytes, this.#length, length);
    this.#length += length;
    if (CHECKED) assert(this.#length <= this.#bytes.length, "what was taken has room");
  }

  #reserve(more: number): void {
    const need = this.#length + more;
    if (need <= this.#bytes.length) return;
    let capacity = this.#bytes.length * 2;
    while (capacity < need) capacity *= 2;
    const grown = new Uint8Array(capacity);
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
  }
}

const NOTHING = new Uint8Array(0);
