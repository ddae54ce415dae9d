const INITIAL_BYTES = 1024;
/** A buffer above this size is not kept. */
const KEPT_BYTES = 256 * 1024;

/** Bytes that grow at their end, outside the machine. */
export class ByteBuilder {
  bytes: Uint8Array = new Uint8Array(INITIAL_BYTES);
  length = 0;

  /** Begins anew. */
  clear(): void {
    this.length = 0;
    if (this.bytes.length > KEPT_BYTES) this.bytes = new Uint8Array(INITIAL_BYTES);
  }

  byte(value: number): void {
    if (this.length === this.bytes.length) this.#reserve(1);
    this.bytes[this.length++] = value;
  }

  /** A string with one byte per character. */
  text(text: string): void {
    this.#reserve(text.length);
    for (let i = 0; i < text.length; i++) this.bytes[this.length++] = text.charCodeAt(i);
  }

  /** `source[offset..offset + length)`. */
  append(source: Uint8Array, offset: number, length: number): void {
    this.#reserve(length);
    this.bytes.set(source.subarray(offset, offset + length), this.length);
    this.length += length;
  }

  /** An integer of `size` bytes, the highest first. */
  bigEndian(value: number, size: number): void {
    for (let i = size - 1; i >= 0; i--) this.byte(Math.floor(value / 256 ** i) & 255);
  }

  #reserve(more: number): void {
    const need = this.length + more;
    if (need <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(need, this.bytes.length * 2));
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
  }
}
