import assert from "node:assert/strict";
import { type DiskError, type DiskFile, isDiskError } from "../ports/disk.ts";

/** How much is read at once. */
const READ_BYTES = 1024 * 1024;
const LF = 10;

/**
 * The part of a file that is being looked at; it moves from the file's start to its end. What it
 * has gone past it can write again, from the bytes that were looked at.
 */
export class FileWindow {
  readonly #file: DiskFile;
  /** So many bytes of the file have been written again; -1 when none are to be. */
  #rewritten: number;
  /** Unread bytes are `bytes[at..end)`. They move when `fill` is called. */
  bytes = Buffer.allocUnsafeSlow(READ_BYTES);
  at = 0;
  end = 0;
  /** Where `bytes[0]` is in the file. */
  #base: number;

  /** @param rewrites whether what it has gone past is written again, at the latest by `rewrite` */
  constructor(file: DiskFile, offset = 0, rewrites = false) {
    assert.ok(offset >= 0 && offset <= file.sizeBytes, "a window opens within the file");
    this.#file = file;
    this.#base = offset;
    this.#rewritten = rewrites ? offset : -1;
  }

  /** The offset in the file of the first unread byte. */
  get offset(): number {
    return this.#base + this.at;
  }

  /** How many unread bytes are in the window. */
  get available(): number {
    return this.end - this.at;
  }

  /** How many bytes of the file are unread. */
  get left(): number {
    return this.#file.sizeBytes - this.offset;
  }

  /** Reads until `need` bytes are available, or all that there are. Null, or why it cannot. */
  fill(need: number): DiskError | null {
    if (this.available >= need || this.available >= this.left) return null;
    const wanted = Math.min(Math.max(need, READ_BYTES), this.left);
    const refusal = this.rewrite();
    if (refusal !== null) return refusal;
    this.#makeRoom(wanted);
    while (this.available < wanted) {
      const room = this.bytes.subarray(this.end, this.at + wanted);
      const count = this.#file.read(this.#base + this.end, room);
      if (isDiskError(count)) return count;
      if (count === 0) return { code: "EIO", message: "the file has become shorter" };
      this.end += count;
      assert.ok(this.end <= this.bytes.length, "the disk gave more than there was room for");
    }
    assert.ok(this.available >= Math.min(need, wanted));
    return null;
  }

  /** Writes again what it has gone past, if it does. Null, or why it cannot. */
  rewrite(): DiskError | null {
    const from = this.#rewritten;
    if (from < 0 || from === this.offset) return null;
    assert.ok(from >= this.#base, "what is to be written again is still there");
    const length = this.offset - from;
    const refusal = this.#file.rewrite(from, this.bytes, from - this.#base, length);
    if (refusal === null) this.#rewritten = this.offset;
    return refusal;
  }

  /** Length of the first unread line, its end included; 0 when no line ends within `limit`. */
  lineBytes(limit: number): number {
    const last = Math.min(this.end, this.at + limit);
    for (let i = this.at; i < last; i++) {
      if (this.bytes[i] === LF) return i + 1 - this.at;
    }
    return 0;
  }

  /** Goes on behind `count` more bytes, which are available. */
  skip(count: number): void {
    assert.ok(count >= 0 && count <= this.available);
    this.at += count;
  }

  /** Throws unless the window lies in its buffer and in its file. */
  verifyInvariants(): void {
    assert.ok(0 <= this.at && this.at <= this.end && this.end <= this.bytes.length);
    assert.ok(this.#base >= 0 && this.#base + this.end <= this.#file.sizeBytes);
    assert.ok(this.#rewritten <= this.offset, "more is written again than was looked at");
  }

  /** Moves what is available to the front of a buffer that holds `wanted` bytes. */
  #makeRoom(wanted: number): void {
    const target = wanted <= this.bytes.length ? this.bytes : Buffer.allocUnsafeSlow(wanted);
    this.bytes.copy(target, 0, this.at, this.end);
    const before = this.offset;
    this.bytes = target;
    this.#base += this.at;
    this.end -= this.at;
    this.at = 0;
    assert.equal(this.offset, before, "moving bytes moves nothing in the file");
  }
}
