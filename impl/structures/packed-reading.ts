import { Int64, MAX_INT64_TEXT } from "./int64.ts";

const NO_BYTES = new Uint8Array(0);

/**
 * What was read last: an integer, or bytes where they lie. It is reused, and valid until the next
 * write.
 */
export class PackedReading {
  /** True when the value is kept as an integer. */
  isInteger = false;
  /** The integer. */
  readonly integer = new Int64();
  /** Where a string's bytes are; an integer's after `text` only. */
  bytes: Uint8Array = NO_BYTES;
  offset = 0;
  length = 0;
  readonly #digits = new Uint8Array(MAX_INT64_TEXT);

  setInteger(low: number, high: number): void {
    this.isInteger = true;
    this.integer.set(low, high);
  }

  setBytes(bytes: Uint8Array, offset: number, length: number): void {
    this.isInteger = false;
    this.bytes = bytes;
    this.offset = offset;
    this.length = length;
  }

  /** Makes the value's text available as bytes, offset and length: an integer's digits are written to a buffer of this reading. */
  text(): this {
    if (!this.isInteger) return this;
    this.bytes = this.#digits;
    this.offset = this.integer.format(this.#digits, MAX_INT64_TEXT);
    this.length = MAX_INT64_TEXT - this.offset;
    return this;
  }
}
