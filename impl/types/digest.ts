import { createHash } from "node:crypto";

const DIGEST_BYTES = 20;

/**
 * A fingerprint in the making: the same as Redis makes of the same content.
 *
 * Ordered parts are mixed in, which hashes the sum so far again; unordered ones are added, by
 * exclusive or of their hashes.
 */
export class Digest {
  readonly #sum = Buffer.alloc(DIGEST_BYTES);

  /** Takes the next one of parts whose order counts. */
  mix(bytes: Uint8Array, offset = 0, length = bytes.length - offset): void {
    this.add(bytes, offset, length);
    this.#sum.set(sha1(this.#sum));
  }

  /** Takes one of parts whose order does not count. */
  add(bytes: Uint8Array, offset = 0, length = bytes.length - offset): void {
    const hash = sha1(bytes.subarray(offset, offset + length));
    for (let i = 0; i < DIGEST_BYTES; i++) this.#sum[i] = this.#sum[i]! ^ hash[i]!;
  }

  /** Mixes in a number of 32 bits. */
  mixNumber(value: number): void {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    this.mix(bytes);
  }

  /** Takes the fingerprint of one of parts whose order does not count. */
  addDigest(part: Digest): void {
    this.add(part.#sum);
  }

  /** Forty hexadecimal digits. */
  get text(): string {
    return this.#sum.toString("hex");
  }
}

function sha1(data: Uint8Array): Uint8Array {
  return createHash("sha1").update(data).digest();
}
