import { assert, CHECKED } from "../assert.ts";
import type { Client } from "./client.ts";

/** Reads above this size are executed at once: copying them, and what they hold, costs more. */
const MAX_KEPT_BYTES = 512;
/** Room for so many bytes and reads. */
const CAPACITY_BYTES = 64 * 1024;
const CAPACITY_READS = 1024;

/**
 * Short reads of one loop turn, to be executed together at its end: then the code and the clocks
 * serve all of them, and what their keys' look-ups read is fetched at once.
 */
export class Arrivals {
  readonly bytes: Uint8Array = new Uint8Array(CAPACITY_BYTES);
  readonly #clients: Client[] = [];
  /** Where each read ends; the first begins at 0, the others where the one before ends. */
  readonly #ends = new Int32Array(CAPACITY_READS);
  #count = 0;
  #length = 0;

  /** How many reads are kept. */
  get count(): number {
    return this.#count;
  }

  client(i: number): Client {
    if (CHECKED) assert(i >= 0 && i < this.#count, "there is such a read");
    return this.#clients[i]!;
  }

  start(i: number): number {
    return i === 0 ? 0 : this.#ends[i - 1]!;
  }

  end(i: number): number {
    return this.#ends[i]!;
  }

  /** Keeps a copy of `source[start..start + length)`, if it is short and there is room. */
  keep(client: Client, source: Uint8Array, start: number, length: number): boolean {
    if (length > MAX_KEPT_BYTES || this.#count === CAPACITY_READS) return false;
    if (this.#length + length > CAPACITY_BYTES) return false;
    if (CHECKED) assert(length > 0 && start + length <= source.length, "a kept read has bytes");
    const { bytes } = this;
    for (let i = 0; i < length; i++) bytes[this.#length + i] = source[start + i]!;
    this.#length += length;
    this.#clients[this.#count] = client;
    this.#ends[this.#count++] = this.#length;
    return true;
  }

  /** All have been executed. */
  clear(): void {
    for (let i = 0; i < this.#count; i++) this.#clients[i] = NOBODY;
    this.#count = 0;
    this.#length = 0;
  }

  /** Throws when a rule that ties the parts together is broken. */
  verifyInvariants(): void {
    assert(0 <= this.#count && this.#count <= CAPACITY_READS, "so many reads have room");
    assert(0 <= this.#length && this.#length <= CAPACITY_BYTES, "so many bytes have room");
    assert(this.#count > 0 || this.#length === 0, "bytes of no read");
    assert(this.#count === 0 || this.#ends[this.#count - 1] === this.#length, "reads and bytes");
    for (let i = 0; i < this.#count; i++) {
      assert(this.client(i).hasArrived, "a client knows that a read of its is kept");
      const length = this.end(i) - this.start(i);
      assert(length > 0 && length <= MAX_KEPT_BYTES, "a kept read has bytes, and is short");
    }
    for (let i = this.#count; i < this.#clients.length; i++) {
      assert(this.#clients[i] === NOBODY, "a client is kept alive for nothing");
    }
  }
}

/** In a place that is not used: a client that is gone must be free to go. */
const NOBODY = null as unknown as Client;
