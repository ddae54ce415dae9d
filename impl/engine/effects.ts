import { assert, CHECKED } from "../assert.ts";
import type { Journal, ReplicaStream } from "../ports/journal.ts";
import { copyBytes } from "../resp/copy.ts";
import { writeDecimal } from "../resp/reply.ts";
import type { Request } from "../resp/request.ts";
import { Pieces } from "./effect-pieces.ts";

const CR = 13;
const LF = 10;
const DOLLAR = 36;
const STAR = 42;

const INITIAL_BYTES = 1024;
/** A buffer above this size is not kept for the next effects. */
const KEPT_BYTES = 1024 * 1024;
const MULTI = new TextEncoder().encode("*1\r\n$5\r\nMULTI\r\n");
const EXEC = new TextEncoder().encode("*1\r\n$4\r\nEXEC\r\n");
const NO_STREAM: ReplicaStream = { isFollowed: false, record: () => {}, relay: () => {} };

/** A place among the effects that have gathered. */
export interface EffectsMark {
  readonly commands: number;
  readonly length: number;
  readonly database: number;
  readonly leadingBytes: number;
}

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
  readonly #stream: ReplicaStream;
  #bytes: Uint8Array = new Uint8Array(INITIAL_BYTES);
  #length = 0;
  /** The database of the journal's last effect, and of that of the replicas' stream; -1 for none. */
  #database = -1;
  #streamDatabase = -1;
  #commands = 0;
  /** What of the unit is for whom; empty while all of it is for all. */
  readonly #pieces = new Pieces();
  /** Bytes of the SELECT before the first effect: it stays outside a transaction. */
  #leadingBytes = 0;
  /** The one effect so far, where it came from: `#source[#sourceStart..#sourceEnd)`; else empty. */
  #source: Uint8Array = NOTHING;
  #sourceStart = 0;
  #sourceEnd = 0;
  #requestsLast = false;
  #begun = 0;
  /** Under test: arguments of the last command that are still to come. */
  #missing = 0;
  /** Effects that were put aside, and all that had begun then; -1 while none are. */
  #aside = -1;
  #begunAside = 0;

  constructor(journal: Journal, stream: ReplicaStream = NO_STREAM) {
    this.#journal = journal;
    this.#stream = stream;
  }

  /** False when nobody reads the effects: callers then skip encoding them. */
  get enabled(): boolean {
    return this.#journal.enabled;
  }

  /** Number of effects since the start. */
  get begun(): number {
    return this.#begun;
  }

  /** Number of effects since the last `commit`. */
  get pending(): number {
    return this.#commands;
  }

  /** The next effect names its database: somebody reads from there on. */
  forgetDatabase(): void {
    this.#database = -1;
    this.#streamDatabase = -1;
  }

  /** Requests stay as they are until `endBatch`: the journal may take many of them at once. */
  beginBatch(): void {
    if (CHECKED) assert(this.#commands === 0, "a batch begins between requests");
    this.#requestsLast = true;
  }

  endBatch(): void {
    if (CHECKED) assert(this.#commands === 0, "a batch ends between requests");
    this.#requestsLast = false;
    // A large request's buffer must not outlive it.
    this.#source = NOTHING;
    this.#journal.settle();
  }

  /** Starts the effect of a command with `argc` arguments on `database`; the arguments follow. */
  begin(database: number, argc: number): void {
    if (CHECKED) assert(argc > 0, "an effect has a name");
    this.#open(database);
    this.#header(STAR, argc);
    if (CHECKED) this.#missing = argc;
  }

  /** The replicas execute this request as well, and the journal does not keep it. */
  relay(database: number, request: Request): void {
    if (!this.#stream.isFollowed) return;
    this.#open(database, true);
    this.#header(STAR, request.argc);
    if (CHECKED) this.#missing = request.argc;
    for (let i = 0; i < request.argc; i++) this.argument(request, i);
  }

  /** Throws when a rule that ties the parts together is broken. */
  verifyInvariants(): void {
    assert(Number.isSafeInteger(this.#commands) && this.#commands >= 0, "a number of effects");
    assert(this.#database >= -1, "the journal's database is one, or not known");
    assert(this.#missing === 0, "an effect lacks arguments");
    assert(this.#commands > 0 || this.#sourceEnd === 0, "a source of no effect");
    if (this.#commands === 0) return;
    assert(this.#length <= this.#bytes.length, "what is encoded has room");
    assert(this.#leadingBytes <= this.#length, "a SELECT before the first effect");
    assert(this.#sourceEnd <= this.#source.length, "the one effect is where it came from");
    assert(
      this.#sourceEnd === 0 || this.#commands === 1,
      "only one effect lies where it came from",
    );
  }

  /** @param relayed whether only the replicas get the command that follows */
  #open(database: number, relayed = false): void {
    if (CHECKED) {
      assert(this.#missing === 0, "an effect lacks arguments");
      assert(Number.isSafeInteger(database) && database >= 0, "an effect is on a database");
      assert(this.#aside < 0, "nothing changes while effects are put aside");
    }
    if (this.#commands === 0) this.#length = MULTI.length;
    else if (this.#sourceEnd > 0) this.#takeSource();
    const pieces = this.#pieces;
    if (relayed || !pieces.isEmpty || this.#database !== this.#streamDatabase) {
      this.#openPieces(database, relayed);
    } else if (database !== this.#database) {
      this.#database = database;
      this.#streamDatabase = database;
      this.#select(database);
    }
    if (this.#commands === 0) this.#leadingBytes = this.#length - MULTI.length;
    this.#commands++;
    this.#begun++;
  }

  /** As `#open`, where log and replicas get different things. */
  #openPieces(database: number, relayed: boolean): void {
    if (this.#pieces.isEmpty) {
      this.#pieces.begin(MULTI.length, this.#leadingBytes, this.#commands, this.#length);
    }
    const forLog = !relayed && this.#database !== database;
    const forStream = this.#streamDatabase !== database;
    if (forLog || forStream) {
      this.#pieces.add(this.#length, { select: true, forLog, forStream });
      this.#select(database);
    }
    if (forLog) this.#database = database;
    this.#streamDatabase = database;
    this.#pieces.add(this.#length, { select: false, forLog: !relayed, forStream: true });
  }

  #select(database: number): void {
    this.#header(STAR, 2);
    if (CHECKED) this.#missing = 2;
    this.word("SELECT");
    this.integer(database);
  }

  /** An argument from ASCII text. */
  word(text: string): void {
    if (CHECKED) this.#takeArgument();
    this.#header(DOLLAR, text.length);
    this.#reserve(text.length + 2);
    for (let i = 0; i < text.length; i++) this.#bytes[this.#length + i] = text.charCodeAt(i);
    this.#length += text.length;
    this.#lineEnd();
  }

  /** Under test: no effect has more arguments than it has said. */
  #takeArgument(): void {
    assert(this.#missing > 0, "an effect has more arguments than it has said");
    this.#missing--;
  }

  /** An argument from an integer. */
  integer(value: number | bigint): void {
    this.word(String(value));
  }

  /** An argument from bytes. */
  bytes(source: Uint8Array, offset: number, length: number): void {
    if (CHECKED) this.#takeArgument();
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
    const { wireStart, wireBytes } = request;
    if (wireStart >= 0) {
      this.#open(database);
      if (this.#source !== request.bytes) this.#source = request.bytes;
      this.#sourceStart = wireStart;
      this.#sourceEnd = wireStart + wireBytes;
      if (this.#length > MULTI.length) this.#takeSource();
      return;
    }
    this.begin(database, request.argc);
    for (let i = 0; i < request.argc; i++) this.argument(request, i);
  }

  /**
   * What has gathered waits until `takeUp`, while commands run that have no effects. No request's
   * bytes are needed for it.
   */
  putAside(): void {
    if (CHECKED) assert(this.#aside < 0 && this.#missing === 0, "one unit is put aside, and whole");
    if (this.#sourceEnd > 0) this.#takeSource();
    this.#aside = this.#commands;
    this.#begunAside = this.#begun;
    this.#commands = 0;
  }

  /** Gathers again behind what was put aside. */
  takeUp(): void {
    assert(this.#aside >= 0 && this.#begun === this.#begunAside, "nothing came in between");
    this.#commands = this.#aside;
    this.#aside = -1;
  }

  /** The place behind what has gathered, for `dropSince`. */
  mark(): EffectsMark {
    if (this.#sourceEnd > 0) this.#takeSource();
    return {
      commands: this.#commands,
      length: this.#length,
      database: this.#database,
      leadingBytes: this.#leadingBytes,
    };
  }

  /** Forgets the effects since a mark: nobody learns of them. Precondition: no commit since. */
  dropSince({ commands, length, database, leadingBytes }: EffectsMark): void {
    if (CHECKED) assert(commands <= this.#commands && this.#missing === 0, "effects since a mark");
    this.#commands = commands;
    this.#length = length;
    this.#database = database;
    this.#leadingBytes = leadingBytes;
    this.#sourceEnd = 0;
  }

  /** Hands what has gathered to the journal as one unit; several effects become a transaction. */
  commit(): void {
    if (CHECKED) this.verifyInvariants();
    if (this.#commands === 0) return;
    if (!this.#pieces.isEmpty) {
      this.#commitPieces();
      return;
    }
    if (this.#sourceEnd > 0) {
      const length = this.#sourceEnd - this.#sourceStart;
      this.#commands = 0;
      this.#sourceEnd = 0;
      this.#journal.append(this.#source, this.#sourceStart, length, this.#requestsLast);
      return;
    }
    const isTransaction = this.#commands > 1;
    if (isTransaction) {
      this.#bytes.copyWithin(0, MULTI.length, MULTI.length + this.#leadingBytes);
      this.#bytes.set(MULTI, this.#leadingBytes);
      this.#reserve(EXEC.length);
      this.#bytes.set(EXEC, this.#length);
      this.#length += EXEC.length;
    }
    this.#commands = 0;
    const start = isTransaction ? 0 : MULTI.length;
    this.#journal.append(this.#bytes, start, this.#length - start, false);
    if (this.#bytes.length > KEPT_BYTES) this.#bytes = new Uint8Array(INITIAL_BYTES);
  }

  /** Each side gets its own pieces, as a unit of its own. */
  #commitPieces(): void {
    if (this.#sourceEnd > 0) this.#takeSource();
    const source = this.#bytes.subarray(0, this.#length);
    this.#commands = 0;
    const recorded = this.#pieces.unitFor("forLog", source, MULTI, EXEC);
    const relayed = this.#pieces.unitFor("forStream", source, MULTI, EXEC);
    this.#pieces.clear();
    if (recorded.length > 0) this.#stream.record(recorded, 0, recorded.length);
    if (relayed.length > 0) this.#stream.relay(relayed, 0, relayed.length);
    if (this.#bytes.length > KEPT_BYTES) this.#bytes = new Uint8Array(INITIAL_BYTES);
  }

  /** Puts the one effect so far with those that come. */
  #takeSource(): void {
    const length = this.#sourceEnd - this.#sourceStart;
    this.#reserve(length);
    copyBytes(this.#source, this.#sourceStart, this.#bytes, this.#length, length);
    this.#length += length;
    this.#sourceEnd = 0;
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
    this.#bytes = grown;
  }
}

const NOTHING = new Uint8Array(0);
