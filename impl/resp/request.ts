import { assert, CHECKED } from "../assert.ts";
import { copyBytes } from "./copy.ts";

/** Whoever holds the bytes of a large request. */
export interface BytesOwner {
  /** True when nothing else lies behind them: whoever runs the request may have their memory. */
  readonly isSpare: boolean;
  /**
   * Their memory is another's from now on, who leaves the arguments as they are until the request
   * has run.
   *
   * @param instead memory that nobody reads once the request has run; the next one may have it
   */
  letGo(instead: ArrayBufferLike | null): void;
  /** The memory would have been of use: requests like this one are put where it is. */
  expectMore(): void;
}

/**
 * One request as the parser hands it over: the arguments are slices of a byte buffer, so that
 * nothing is copied or allocated between the socket and the handler.
 *
 * The slices are valid only until the handler returns; what must live longer is copied
 * (`copy`, `argCopy`).
 */
export class Request {
  /** The buffer that holds every argument. */
  bytes: Uint8Array = EMPTY;
  /** Number of arguments, the command's name included. */
  argc = 0;
  /** `offsets[i]` is where argument `i` starts in `bytes`. */
  offsets: Int32Array;
  /** `lengths[i]` is the length of argument `i` in bytes. */
  lengths: Int32Array;
  /** Bytes of the request as it came, headers included; known of one that was peeked at. */
  wireBytes = 0;
  /**
   * Where the request begins in `bytes` if it lies there, `wireBytes` long, just as effects are
   * written: one array of bulk strings with shortest lengths and whole line ends. -1 when it does
   * not, or nobody has looked.
   */
  wireStart = -1;
  /** The keyspaces' hash of argument 1 if `keyHashed`: a signed 32-bit integer. */
  keyHash = 0;
  /** Whoever puts arguments in sets this to false; `LookAhead` to true with `keyHash`. */
  keyHashed = false;
  /** Of a large request from a connection: who has the memory that its arguments lie in. */
  owner: BytesOwner | null = null;

  /** @param capacity how many arguments there is room for at first */
  constructor(capacity = 64) {
    this.offsets = new Int32Array(capacity);
    this.lengths = new Int32Array(capacity);
  }

  /** Appends an argument; the tables of offsets and lengths grow by doubling. */
  push(offset: number, length: number): void {
    if (CHECKED) assert(offset >= 0 && length >= 0, "an argument lies somewhere");
    if (this.argc === this.offsets.length) this.#grow();
    this.offsets[this.argc] = offset;
    this.lengths[this.argc] = length;
    this.argc++;
  }

  /** From the first byte of the first argument to the last of the last one. */
  get argumentBytes(): number {
    const { argc, offsets, lengths } = this;
    return argc === 0 ? 0 : offsets[argc - 1]! + lengths[argc - 1]! - offsets[0]!;
  }

  #grow(): void {
    const offsets = new Int32Array(Math.max(4, this.offsets.length * 2));
    const lengths = new Int32Array(Math.max(4, this.offsets.length * 2));
    offsets.set(this.offsets);
    lengths.set(this.lengths);
    this.offsets = offsets;
    this.lengths = lengths;
  }

  /** Throws unless every argument lies in the bytes, one behind the other. */
  verifyInvariants(): void {
    const { argc, offsets, lengths, bytes, wireStart, wireBytes } = this;
    assert(argc >= 0 && argc <= offsets.length, "more arguments than there is room for");
    assert(offsets.length === lengths.length, "the tables have one length");
    let end = Math.max(0, wireStart);
    for (let i = 0; i < argc; i++) {
      assert(offsets[i]! >= end && lengths[i]! >= 0, "arguments do not overlap");
      end = offsets[i]! + lengths[i]!;
    }
    assert(end <= bytes.length, "an argument goes beyond the bytes");
    if (wireStart < 0 || argc === 0) return;
    const wireEnd = wireStart + wireBytes;
    assert(
      end + 2 === wireEnd && wireEnd <= bytes.length,
      "a request ends behind its last argument",
    );
  }

  /** Forgets the arguments. */
  clear(): void {
    this.argc = 0;
    this.bytes = EMPTY;
    this.wireStart = -1;
    this.owner = null;
  }

  /** A view of argument `i`: no copy, valid until the handler returns. */
  arg(i: number): Uint8Array {
    if (CHECKED) assert(i >= 0 && i < this.argc, "there is such an argument");
    const offset = this.offsets[i]!;
    return this.bytes.subarray(offset, offset + this.lengths[i]!);
  }

  /** A copy of argument `i` that may be kept. */
  argCopy(i: number): Uint8Array {
    if (CHECKED) assert(i >= 0 && i < this.argc, "there is such an argument");
    const offset = this.offsets[i]!;
    return this.bytes.slice(offset, offset + this.lengths[i]!);
  }

  /** Argument `i` as a string with one character per byte (latin1). For cold paths. */
  text(i: number): string {
    if (CHECKED) assert(i >= 0 && i < this.argc, "there is such an argument");
    const offset = this.offsets[i]!;
    return latin1(this.bytes, offset, this.lengths[i]!);
  }

  /**
   * Argument `i` up to its first zero byte: what Redis, which compares and prints words as C
   * strings, sees of a keyword.
   */
  cText(i: number): string {
    const text = this.text(i);
    const end = text.indexOf("\0");
    return end === -1 ? text : text.slice(0, end);
  }

  /**
   * True when argument `i` is the keyword `word`, which is lower-case ASCII, ignoring ASCII case
   * and whatever follows a zero byte (see `cText`).
   */
  is(i: number, word: string): boolean {
    const length = this.lengths[i]!;
    if (length === word.length) return this.#startsWith(i, word);
    if (length < word.length) return false;
    return this.bytes[this.offsets[i]! + word.length] === 0 && this.#startsWith(i, word);
  }

  /** True when argument `i` is `word`, which is lower-case ASCII, ignoring ASCII case. */
  equals(i: number, word: string): boolean {
    return this.lengths[i] === word.length && this.#startsWith(i, word);
  }

  #startsWith(i: number, word: string): boolean {
    const bytes = this.bytes;
    const offset = this.offsets[i]!;
    for (let k = 0; k < word.length; k++) {
      let byte = bytes[offset + k]!;
      if (byte >= 65 && byte <= 90) byte += 32;
      if (byte !== word.charCodeAt(k)) return false;
    }
    return true;
  }

  /** Bytes from the first argument to the end of the last one, headers between them included. */
  get spanBytes(): number {
    const last = this.argc - 1;
    return this.offsets[last]! + this.lengths[last]! - this.offsets[0]!;
  }

  /**
   * An independent copy of the whole request: MULTI's queue keeps these. Its tables are no longer
   * than they must be: small typed arrays are cheap, larger ones are not.
   */
  copy(): Request {
    const out = new Request(this.argc);
    let total = 0;
    for (let i = 0; i < this.argc; i++) total += this.lengths[i]!;
    const bytes = new Uint8Array(total);
    let at = 0;
    for (let i = 0; i < this.argc; i++) {
      const length = this.lengths[i]!;
      copyBytes(this.bytes, this.offsets[i]!, bytes, at, length);
      out.push(at, length);
      at += length;
    }
    out.bytes = bytes;
    if (CHECKED) {
      assert(out.argc === this.argc && at === total, "a copy is complete");
      out.verifyInvariants();
    }
    return out;
  }

  /** A request made of strings, one byte per character (latin1). For tests, replay and tools. */
  static of(...args: ReadonlyArray<string | Uint8Array>): Request {
    const out = new Request();
    const parts = args.map((arg) => (typeof arg === "string" ? Buffer.from(arg, "latin1") : arg));
    out.bytes = Buffer.concat(parts);
    let at = 0;
    for (const part of parts) {
      out.push(at, part.length);
      at += part.length;
    }
    return out;
  }
}

const EMPTY = new Uint8Array(0);

/** `length` bytes at `offset` as a string with one character per byte. */
export function latin1(bytes: Uint8Array, offset: number, length: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + offset, length).toString("latin1");
}
