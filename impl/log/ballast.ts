import assert from "node:assert/strict";
import { type Disk, type DiskError, isDiskError, NO_SPACE } from "../ports/disk.ts";

/** How much is written at once. */
const PIECE_BYTES = 64 * 1024;

/**
 * A file that only takes up space: removed when the disk is full, so that what has already been
 * executed can still be written.
 */
export class Ballast {
  readonly #disk: Disk;
  readonly #path: string;
  readonly #sizeBytes: number;
  #isThere = false;

  /** @param sizeBytes how much space it keeps; 0 for none */
  constructor(disk: Disk, path: string, sizeBytes: number) {
    assert.ok(Number.isSafeInteger(sizeBytes) && sizeBytes >= 0);
    this.#disk = disk;
    this.#path = path;
    this.#sizeBytes = sizeBytes;
  }

  /** True while it takes up its space. */
  get isThere(): boolean {
    return this.#isThere;
  }

  /** Takes up the space, which may have been done by an earlier run. Null, or why not. */
  restore(): DiskError | null {
    if (this.#isThere) return null;
    const refusal = this.#sizeBytes === 0 ? null : this.#fill();
    if (refusal !== null) this.#disk.remove(this.#path);
    this.#isThere = refusal === null;
    return refusal;
  }

  /** Throws unless it is where it says, which only a disk that nobody else uses can tell. */
  verifyInvariants(): void {
    if (this.#sizeBytes === 0) return;
    const file = this.#disk.open(this.#path, "existing");
    if (isDiskError(file)) {
      assert.ok(!this.#isThere, "the ballast is gone");
      return;
    }
    assert.ok(!this.#isThere || file.sizeBytes >= this.#sizeBytes, "the ballast is too short");
    file.close();
  }

  /** Gives the space back. False when there is none to give. */
  release(): boolean {
    if (!this.#isThere || this.#sizeBytes === 0) return false;
    this.#isThere = false;
    return this.#disk.remove(this.#path) === null;
  }

  #fill(): DiskError | null {
    const present = this.#disk.open(this.#path, "existing");
    const file = isDiskError(present) ? this.#disk.open(this.#path, "new") : present;
    if (isDiskError(file)) return file;
    const piece = noise();
    let refusal: DiskError | null = null;
    while (refusal === null && file.sizeBytes < this.#sizeBytes) {
      const length = Math.min(PIECE_BYTES, this.#sizeBytes - file.sizeBytes);
      const taken = file.append(piece, 0, length);
      if (isDiskError(taken)) refusal = taken;
      else if (taken < length) refusal = NO_SPACE;
    }
    const isFull = file.sizeBytes >= this.#sizeBytes;
    file.close();
    assert.equal(refusal === null, isFull, "the ballast is all there unless the disk refused");
    return refusal;
  }
}

/** Bytes that a file system which compresses cannot make smaller. */
function noise(): Uint8Array {
  const bytes = new Uint8Array(PIECE_BYTES);
  let state = 1;
  for (let i = 0; i < bytes.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}
