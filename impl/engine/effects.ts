import type { Journal } from "../ports/journal.ts";
import { writeDecimal } from "../resp/reply.ts";
import type { Request } from "../resp/request.ts";
import { copyBytes } from "./copy.ts";

const CR = 13;
const LF = 10;
const DOLLAR = 36;
const STAR = 42;

const INITIAL_BYTES = 1024;
/** A buffer above this size is not kept for the next effects. */
const KEPT_BYTES = 1024 * 1024;
const MULTI = new TextEncoder().encode("*1\r\n$5\r\nMULTI\r\n");
const EXEC = new TextEncoder().encode("*1\r\n$4\r\nEXEC\r\n");

/**
 * Encodes effects as RESP commands and hands them to the journal, one append per command or
 * transaction.
 *
 * The form is that of Redis' propagation: SELECT precedes an effect of another database than the
 * one before, several effects of one command and those of an EXEC stand between MULTI and EXEC; a
 * SELECT for the first of them comes before the MULTI.
 */
export class Effects {
  readonly #journal: Journal;
  #bytes: Uint8Array = new Uint8Array(INITIAL_BYTES);
  /** The same from where one effect alone begins. */
  #single: Uint8Array = this.#bytes.subarray(MULTI.length);
  #length = 0;
  #database = -1;
  #commands = 0;
  /** Bytes of the SELECT before the first effect: it stays outside a transaction. */
  #leadingBytes = 0;

  constructor(journal: Journal) {
    this.#journal = journal;
  }

  /** False when nobody reads the effects: callers then skip encoding them. */
  get enabled(): boolean {
    return this.#journal.enabled;
  }

  /** Number of effects since the last `commit`. */
  get pending(): number {
    return this.#commands;
  }

  /** The next effect names its database: somebody reads from there on. */
  forgetDatabase(): void {
    this.#database = -1;
  }

  /** Starts the effect of a command with `argc` arguments on `database`; the arguments follow. */
  begin(database: number, argc: number): void {
    this.#open(database);
    this.#header(STAR, argc);
  }

  #open(database: number): void {
    if (this.#commands === 0) this.#length = MULTI.length;
    if (database !== this.#database) {
      this.#database = database;
      this.#header(STAR, 2);
      this.word("SELECT");
      this.integer(database);
    }
    if (this.#commands === 0) this.#leadingBytes = this.#length - MULTI.length;
    this.#commands++;
  }

  /** An argument from ASCII text. */
  word(text: string): void {
    this.#header(DOLLAR, text.length);
    this.#reserve(text.length + 2);
    for (let i = 0; i < text.length; i++) this.#bytes[this.#length + i] = text.charCodeAt(i);
    this.#length += text.length;
    this.#lineEnd();
  }

  /** An argument from an integer. */
  integer(value: number | bigint): void {
    this.word(String(value));
  }

  /** An argument from bytes. */
  bytes(source: Uint8Array, offset: number, length: number): void {
    this.#header(DOLLAR, length);
    this.#reserve(length + 2);
    copyBytes(source, offset, this.#bytes, this.#length, length);
    this.#length += length;
    this.#lineEnd();
  }

  /** An argument from argument `i` of a request. */
  argument(request: Request, i: number): void {
    this.bytes(request.bytes, request.offsets[i]!, request.lengths[i]!);
  }

  /** The request as it came. */
  verbatim(database: number, request: Request): void {
    const start = plainStart(request);
    if (start >= 0) {
      const last = request.argc - 1;
      const length = request.offsets[last]! + request.lengths[last]! + 2 - start;
      this.#open(database);
      this.#reserve(length);
      copyBytes(request.bytes, start, this.#bytes, this.#length, length);
      this.#length += length;
      return;
    }
    this.begin(database, request.argc);
    for (let i = 0; i < request.argc; i++) this.argument(request, i);
  }

  /** Hands what has gathered to the journal as one unit; several effects become a transaction. */
  commit(): void {
    if (this.#commands === 0) return;
    const isTransaction = this.#commands > 1;
    if (isTransaction) {
      this.#bytes.copyWithin(0, MULTI.length, MULTI.length + this.#leadingBytes);
      this.#bytes.set(MULTI, this.#leadingBytes);
      this.#reserve(EXEC.length);
      this.#bytes.set(EXEC, this.#length);
      this.#length += EXEC.length;
    }
    this.#commands = 0;
    if (isTransaction) this.#journal.append(this.#bytes, this.#length);
    else this.#journal.append(this.#single, this.#length - MULTI.length);
    if (this.#bytes.length > KEPT_BYTES) this.#use(new Uint8Array(INITIAL_BYTES));
  }

  #header(type: number, value: number): void {
    this.#reserve(24);
    this.#bytes[this.#length++] = type;
    this.#length = writeDecimal(this.#bytes, this.#length, value);
    this.#lineEnd();
  }

  #lineEnd(): void {
    this.#bytes[this.#length] = CR;
    this.#bytes[this.#length + 1] = LF;
    this.#length += 2;
  }

  #reserve(more: number): void {
    const need = this.#length + more + 2;
    if (need <= this.#bytes.length) return;
    let capacity = this.#bytes.length * 2;
    while (capacity < need) capacity *= 2;
    const grown = new Uint8Array(capacity);
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#use(grown);
  }

  #use(bytes: Uint8Array): void {
    this.#bytes = bytes;
    this.#single = bytes.subarray(MULTI.length);
  }
}

/**
 * Where a request begins that lies in its buffer just as the journal wants it: one RESP array, each
 * length in its shortest form. -1 when it does not, or when its arguments are long or many.
 */
function plainStart(request: Request): number {
  const { bytes, offsets, lengths, argc } = request;
  if (argc > 9) return -1;
  let expected = -1;
  for (let i = 0; i < argc; i++) {
    const offset = offsets[i]!;
    const length = lengths[i]!;
    const header = offset - (length < 10 ? 4 : 5);
    if (length > 99 || header < 4 || (i > 0 && header !== expected)) return -1;
    if (bytes[header] !== DOLLAR || bytes[offset - 2] !== CR || bytes[offset - 1] !== LF) return -1;
    const tens = (length / 10) | 0;
    if (tens > 0 && bytes[header + 1] !== 48 + tens) return -1;
    if (bytes[offset - 3] !== 48 + length - 10 * tens) return -1;
    expected = offset + length + 2;
    if (bytes[expected - 2] !== CR || bytes[expected - 1] !== LF) return -1;
  }
  const first = offsets[0]! - (lengths[0]! < 10 ? 4 : 5) - 4;
  if (bytes[first] !== STAR || bytes[first + 1] !== 48 + argc) return -1;
  return bytes[first + 2] === CR && bytes[first + 3] === LF ? first : -1;
}
