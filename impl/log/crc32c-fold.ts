/**
 * Shortens long input of CRC-32C, many times faster than tables can read it.
 *
 * A message is a polynomial over GF(2) and its checksum the remainder by the CRC's polynomial, which
 * stays the same when a multiple of that is added. This multiple has six terms, and their distances
 * are whole bytes: so adding it, times a byte, takes the byte out of one place and adds it to five
 * places behind. All but the last `REMAINDER_BYTES` go that way, sixteen bytes in one instruction.
 *
 * The method is S. Russell's ("Chorba", https://arxiv.org/abs/2412.16398), here with a multiple for
 * CRC-32C. Vectors are to be had in WebAssembly only; the module is put together below.
 */

import { assert, CHECKED } from "../assert.ts";

/**
 * How far behind a byte the five places are, in bytes; the multiple is `y^437 + y^177 + y^176 +
 * y^171 + y^58 + 1` with `y = x^8`. It was found by trying pairs of pairs. The shortest distance is
 * so long that what is read has left the processor's queue of writes.
 */
export const DISTANCES: readonly number[] = [260, 261, 266, 379, 437];

/** To so many bytes a message is shortened. */
export const REMAINDER_BYTES = 437;
/** Shorter input is not worth it. */
export const MIN_FOLDED_BYTES = 1024;

const VECTOR_BYTES = 16;
/** What vectors touch of a remainder. */
const MARGIN_BYTES = 448;
/** At most so much is shortened at once. */
const CHUNK_BYTES = 64 * 1024;

// The module's memory: zeros, the bytes to fold, zeros, the remainder.
const BODY_AT = MARGIN_BYTES;
const REMAINDER_AT = BODY_AT + CHUNK_BYTES + MARGIN_BYTES;
const MEMORY_PAGES = 2;

/** What the module exports. */
interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer };
  fold(at: number, end: number, remainder: number): void;
}

/** What is used of WebAssembly, which Node's types do not declare. */
interface WebAssemblyApi {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: Exports };
}

const { WebAssembly } = globalThis as unknown as { readonly WebAssembly: WebAssemblyApi };

/** Folds bytes; one for a thread. */
export class Folder {
  readonly #module: Exports;
  readonly #memory: Uint8Array;
  readonly #view: DataView;
  /** What the last call left: its checksum is that of all that was folded. */
  readonly remainder: Uint8Array;

  /** @throws where WebAssembly, its vectors or its memory are not to be had */
  constructor() {
    this.#module = new WebAssembly.Instance(new WebAssembly.Module(assemble())).exports;
    const { buffer } = this.#module.memory;
    this.#memory = new Uint8Array(buffer);
    this.#view = new DataView(buffer);
    this.remainder = new Uint8Array(buffer, REMAINDER_AT, REMAINDER_BYTES);
  }

  /**
   * Folds the start of `bytes[start..end)`, at least `MIN_FOLDED_BYTES` long, into `remainder`.
   *
   * @param register the CRC's register before them; the remainder is read with a register of zero
   * @returns how many bytes were folded
   */
  fold(register: number, bytes: Uint8Array, start: number, end: number): number {
    const wanted = Math.min(CHUNK_BYTES, end - start - REMAINDER_BYTES);
    const length = wanted - (wanted % VECTOR_BYTES);
    const foldedEnd = start + length + REMAINDER_BYTES;
    if (CHECKED) assert(length > 0 && foldedEnd <= end, "there is enough to fold");
    const memory = this.#memory;
    memory.set(bytes.subarray(start, start + length), BODY_AT);
    memory.set(bytes.subarray(start + length, foldedEnd), REMAINDER_AT);
    memory.fill(0, BODY_AT + length, BODY_AT + length + MARGIN_BYTES);
    const view = this.#view;
    view.setInt32(BODY_AT, view.getInt32(BODY_AT, true) ^ register, true);
    const at = BODY_AT - REMAINDER_BYTES;
    this.#module.fold(at, at + length, REMAINDER_AT);
    return foldedEnd - start;
  }
}

// ---- The module, by https://webassembly.github.io/spec/core/binary/

type Code = readonly number[];

/** A whole number from 0 to 16383. */
function unsigned(value: number): Code {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, value >>> 7];
}

/** A whole number from 0 to 8191 where a signed one is meant. */
function signed(value: number): Code {
  return value < 0x40 ? [value] : [(value & 0x7f) | 0x80, value >>> 7];
}

function section(id: number, ...content: readonly Code[]): Code {
  const bytes = content.flat();
  return [id, ...unsigned(bytes.length), ...bytes];
}

const I32 = 0x7f;
const get = (local: number): Code => [0x20, local];
const add = (local: number, value: number): Code =>
  [get(local), [0x41, ...signed(value)], [0x6a], [0x21, local]].flat();
const load = (offset: number): Code => [0xfd, 0x00, 0, ...unsigned(offset)];
const store = (offset: number): Code => [0xfd, 0x0b, 0, ...unsigned(offset)];
const XOR: Code = [0xfd, 0x51];
/** Repeats `body` while local `a` is below local `b`. */
const loopWhileBelow = (a: number, b: number, ...body: readonly Code[]): Code =>
  [[0x03, 0x40], ...body, get(a), get(b), [0x49, 0x0d, 0, 0x0b]].flat();
const END: Code = [0x0b];

/**
 * `fold(at, end, remainder)`: addresses are `REMAINDER_BYTES` in front of what they mean, so that
 * all places they lead to are ahead of them.
 */
function assemble(): Uint8Array {
  const [at, end, remainder] = [0, 1, 2];
  /** Adds what five places in front have to the vector on the stack. */
  const addFolded = DISTANCES.flatMap((distance) => [
    ...get(at),
    ...load(REMAINDER_BYTES - distance),
    ...XOR,
  ]);
  const foldBody = loopWhileBelow(
    at,
    end,
    [...get(at), ...get(at), ...load(REMAINDER_BYTES), ...addFolded, ...store(REMAINDER_BYTES)],
    add(at, VECTOR_BYTES),
  );
  const foldIntoRemainder = loopWhileBelow(
    at,
    end,
    [...get(remainder), ...get(remainder), ...load(0), ...addFolded, ...store(0)],
    add(remainder, VECTOR_BYTES),
    add(at, VECTOR_BYTES),
  );
  const locals = [0];
  const body = [locals, foldBody, add(end, MARGIN_BYTES), foldIntoRemainder, END].flat();
  const name = (text: string): Code => [text.length, ...Buffer.from(text)];
  return Uint8Array.from(
    [
      [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
      section(1, [1, 0x60, 3, I32, I32, I32, 0]),
      section(3, [1, 0]),
      section(5, [1, 0, MEMORY_PAGES]),
      section(7, [2], name("memory"), [2, 0], name("fold"), [0, 0]),
      section(10, [1], unsigned(body.length), body),
    ].flat(),
  );
}
