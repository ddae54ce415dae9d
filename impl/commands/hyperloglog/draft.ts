import { assert, CHECKED } from "../../assert.ts";
import type { EntryRef } from "../../engine/keyspace.ts";
import { takeMemory } from "../../engine/out-of-memory.ts";
import type { Call } from "../../session/call.ts";
import { Encoding } from "../../types/string/encoding.ts";
import { storeString } from "../strings/store.ts";
import { readRegister, writeRegister } from "./dense.ts";
import { MAX_GROWTH_BYTES, Refusal, raise, visitRuns } from "./sparse.ts";
import {
  DENSE_BYTES,
  EMPTY,
  FORM_OFFSET,
  Form,
  forgetEstimate,
  HEADER_BYTES,
  open,
} from "./value.ts";

/** Room for every HyperLogLog that Redis' own settings lead to. */
const CAPACITY_BYTES = 16 * 1024;

/** What `Draft.raise` answers. */
export type Raised = "raised" | "same" | "corrupt";

/**
 * A HyperLogLog while a command changes it.
 *
 * A sparse one is changed in a copy, since its length changes, and stored when all is done: a
 * command that finds no memory has changed nothing. A dense one is changed where it lies.
 */
export class Draft {
  #own = new Uint8Array(takeMemory(CAPACITY_BYTES));
  readonly #dense = new Uint8Array(takeMemory(DENSE_BYTES));
  #bytes: Uint8Array = this.#own;
  #base = 0;
  #length = 0;
  /** The changes are in a copy. */
  #isCopy = true;

  /** Begins with the HyperLogLog of an entry; with one that has seen nothing when that is 0. */
  begin({ keyspace }: Call, ref: EntryRef): void {
    if (ref === 0) {
      this.#copy(EMPTY, 0, EMPTY.length);
      return;
    }
    const bytes = keyspace.bytes(ref);
    const base = keyspace.valueOffset(ref);
    const length = keyspace.valueLength(ref);
    if (bytes[base + FORM_OFFSET] === Form.sparse) {
      this.#copy(bytes, base, length);
      return;
    }
    this.#bytes = bytes;
    this.#base = base;
    this.#length = length;
    this.#isCopy = false;
  }

  #copy(bytes: Uint8Array, base: number, length: number): void {
    this.#own = withRoom(this.#own, 0, length);
    this.#own.set(bytes.subarray(base, base + length));
    this.#bytes = this.#own;
    this.#base = 0;
    this.#length = length;
    this.#isCopy = true;
  }

  get #isDense(): boolean {
    return this.#bytes[this.#base + FORM_OFFSET] === Form.dense;
  }

  /** Gives a register that value unless it has a larger one. */
  raise(index: number, value: number, sparseMaxBytes: number): Raised {
    if (this.#isDense) return this.#raiseDense(index, value);
    this.#own = withRoom(this.#own, this.#length, this.#length + MAX_GROWTH_BYTES);
    this.#bytes = this.#own;
    const end = raise(this.#own, HEADER_BYTES, this.#length, index, value, sparseMaxBytes);
    if (end === Refusal.same) return "same";
    if (end === Refusal.corrupt) return "corrupt";
    if (end === Refusal.tooLarge) {
      return this.becomeDense() ? this.#raiseDense(index, value) : "corrupt";
    }
    this.#length = end;
    forgetEstimate(this.#own, 0);
    return "raised";
  }

  #raiseDense(index: number, value: number): Raised {
    const base = this.#base + HEADER_BYTES;
    if (readRegister(this.#bytes, base, index) >= value) return "same";
    writeRegister(this.#bytes, base, index, value);
    return "raised";
  }

  /** Takes the dense form, if it has not got it; false, nothing being changed, when it is corrupt. */
  becomeDense(): boolean {
    if (this.#isDense) return true;
    const dense = this.#dense;
    dense.fill(0);
    dense.set(this.#own.subarray(0, HEADER_BYTES));
    dense[FORM_OFFSET] = Form.dense;
    const isWhole = visitRuns(this.#own, HEADER_BYTES, this.#length, (value, length, first) => {
      if (value === 0) return;
      for (let i = first; i < first + length; i++) writeRegister(dense, HEADER_BYTES, i, value);
    });
    if (!isWhole) return false;
    this.#own.set(dense);
    this.#length = DENSE_BYTES;
    return true;
  }

  /** The estimate that was kept no longer holds. */
  forgetEstimate(): void {
    forgetEstimate(this.#bytes, this.#base);
  }

  /**
   * Stores the HyperLogLog under argument `i`'s key. Throws OutOfMemory, changing nothing.
   *
   * @param ref the entry that it began with
   * @returns the entry; `ref` is no longer valid
   */
  store(call: Call, i: number, ref: EntryRef): EntryRef {
    const { keyspace } = call;
    if (CHECKED) assert(this.#isCopy || ref !== 0, "what lies in an entry has one");
    if (!this.#isCopy) {
      open(call, ref);
      return ref;
    }
    if (ref === 0) {
      return storeString(call, i, 0, this.#own, 0, this.#length, Encoding.raw, false);
    }
    const stored = keyspace.resizeBytes(ref, this.#length, Encoding.raw);
    keyspace.bytes(stored).set(this.#own.subarray(0, this.#length), keyspace.valueOffset(stored));
    if (this.#own.length > CAPACITY_BYTES) this.#own = this.#own.slice(0, CAPACITY_BYTES);
    return stored;
  }
}

/** A buffer of at least `length` bytes that holds the first `kept` bytes of `bytes`. */
function withRoom(
  bytes: Uint8Array<ArrayBuffer>,
  kept: number,
  length: number,
): Uint8Array<ArrayBuffer> {
  if (length <= bytes.length) return bytes;
  const larger = new Uint8Array(takeMemory(length * 2));
  larger.set(bytes.subarray(0, kept));
  return larger;
}

/** The draft of the command that runs: commands run one after the other. */
export const DRAFT = new Draft();
