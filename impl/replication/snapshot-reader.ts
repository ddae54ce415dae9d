import { assert, CHECKED } from "../assert.ts";
import { type Integer64, normalized } from "../engine/integers.ts";
import type { EntryRef, Keyspace } from "../engine/keyspace.ts";
import { OutOfMemory } from "../engine/out-of-memory.ts";
import { Opcode } from "../rdb/form.ts";
import { readLibrary } from "../rdb/libraries.ts";
import { EMPTY_VALUE, RdbReader, type RdbSource } from "../rdb/reader.ts";
import { latin1 } from "../resp/request.ts";
import { typeByRdb } from "../types/index.ts";

/** The newest version of the format that is read: that of Redis 7.2. */
const LAST_VERSION = 11;
const MAGIC = "REDIS";
const VERSION_DIGITS = 4;
/** Files before this version end without a checksum. */
const FIRST_CHECKED_VERSION = 5;
/** The type bytes of values of modules. */
const MODULE_TYPES: ReadonlySet<number> = new Set([6, 7]);
/** Of a module's number, ten bits are the version of its data; six are a letter of its name. */
const MODULE_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const MODULE_NAME_LENGTH = 9;
const NO_EXPIRY = -1n;

/** Where what is read goes. */
export interface SnapshotTarget {
  /** The databases by index. */
  readonly databases: readonly Keyspace[];
  /** A database that nobody sees, for values of which nothing is to stay. */
  readonly scratch: Keyspace;
  /** Keys whose time was past before it are left out, in milliseconds since the epoch. */
  readonly nowMs: number;
  /** Takes a library of functions by its code. Null, or why it cannot be loaded. */
  addLibrary(code: Uint8Array): string | null;
  /** The access mark of a key, of which the file may say how idle or how frequently used it is. */
  access(idleSeconds: Integer64 | null, frequency: number | null): number;
  /** Told of each fact about the file, and of what an operator should know. */
  fact(name: string, value: string): void;
  note(text: string): void;
}

/** How a snapshot is read. */
export interface SnapshotReading {
  readonly source: RdbSource;
  readonly target: SnapshotTarget;
  /** False passes over the checksum: `rdbchecksum`. */
  readonly checksum: boolean;
  /** A key that is there already takes the new value; else that is damage. */
  readonly replaces: boolean;
}

/** What cannot be read, and where. */
export interface SnapshotFlaw {
  /** Where in the file that begins of which it is a part, in bytes. */
  readonly offset: number;
  readonly reason: string;
}

/** Thrown inside the reader. */
class Unreadable extends Error {}

/**
 * Reads a snapshot in Redis' RDB format, of any version up to 11, into databases: some of it at a
 * time, and never more in memory than one string of it. Whatever is damaged is told with its place;
 * what has been read until then stays.
 *
 * Source: rdb.h of Redis, and the files that redis-server writes.
 */
export class SnapshotReader {
  readonly #reader: RdbReader;
  readonly #options: SnapshotReading;
  #keyspace: Keyspace;
  #database = 0;
  /** Zero until the head is read. */
  #version = 0;
  #isOver = false;
  /** Where that begins which is being read. */
  #offset = 0;
  // What has been said of the next key.
  #expiryMs: bigint = NO_EXPIRY;
  #idleSeconds: Integer64 | null = null;
  #frequency: number | null = null;
  /** The next key. */
  #key = new Uint8Array(64);
  #keyLength = 0;
  /** Keys that were loaded, left out since their time was past, and passed over without elements. */
  loadedKeys = 0;
  expiredKeys = 0;
  emptyKeys = 0;

  constructor(options: SnapshotReading) {
    this.#options = options;
    this.#reader = RdbReader.of(options.source, options.checksum);
    this.#keyspace = options.target.databases[0]!;
  }

  /** Bytes read so far. */
  get loadedBytes(): number {
    return this.#reader.position;
  }

  /**
   * Goes on for about `budgetBytes`.
   *
   * @returns "more" while there is, "done" at the end, or what cannot be read
   * @throws whatever the source throws
   */
  step(budgetBytes: number): "more" | "done" | SnapshotFlaw {
    assert(!this.#isOver && budgetBytes > 0, "a snapshot that is read goes on");
    const until = this.#reader.position + budgetBytes;
    try {
      if (this.#version === 0) this.#readHead();
      while (this.#reader.position < until) {
        this.#offset = this.#reader.position;
        this.#item();
        if (this.#isOver) return "done";
      }
      return "more";
    } catch (error) {
      if (!(error instanceof Unreadable || error instanceof OutOfMemory)) throw error;
      this.#isOver = true;
      return { offset: this.#offset, reason: error.message };
    }
  }

  #readHead(): void {
    const reader = this.#reader;
    reader.raw(MAGIC.length + VERSION_DIGITS);
    const head = latin1(reader.stringBytes, reader.stringOffset, reader.stringLength);
    if (!head.startsWith(MAGIC)) throw new Unreadable("this is no RDB file");
    const digits = head.slice(MAGIC.length);
    const version = /^[0-9]{4}$/.test(digits) ? Number(digits) : 0;
    if (version < 1 || version > LAST_VERSION) {
      throw new Unreadable(`this is RDB version ${digits}, and versions up to 11 are read`);
    }
    this.#version = version;
  }

  /** Throws when what was read is damaged. */
  #sound(): void {
    const { damage } = this.#reader;
    if (damage !== null) throw new Unreadable(damage);
  }

  #item(): void {
    const reader = this.#reader;
    const opcode = reader.byte();
    this.#sound();
    switch (opcode) {
      case Opcode.expirySeconds:
        this.#expiryMs = BigInt(reader.int32()) * 1000n;
        break;
      case Opcode.expiryMs:
        this.#expiryMs = reader.int64();
        break;
      case Opcode.frequency:
        this.#frequency = reader.byte();
        break;
      case Opcode.idle:
        this.#idleSeconds = normalized(reader.uint64());
        break;
      case Opcode.select:
        this.#select(reader.length());
        break;
      case Opcode.resize:
        reader.length();
        reader.length();
        break;
      case Opcode.aux:
        this.#options.target.fact(this.#text(), this.#text());
        break;
      case Opcode.library:
      case Opcode.libraryOfOld:
        this.#library(opcode);
        break;
      case Opcode.moduleAux:
        throw new Unreadable(
          `there are data of the module ${this.#moduleName()}: there are no modules`,
        );
      case Opcode.end:
        this.#end();
        break;
      default:
        this.#entry(opcode);
    }
    this.#sound();
  }

  #text(): string {
    this.#reader.string();
    const { stringBytes, stringOffset, stringLength } = this.#reader;
    return latin1(stringBytes, stringOffset, stringLength);
  }

  #select(database: number): void {
    this.#sound();
    const { databases } = this.#options.target;
    const keyspace = databases[database];
    if (keyspace === undefined) {
      throw new Unreadable(
        `there are keys of database ${database}, and the directive databases allows ${databases.length}`,
      );
    }
    this.#keyspace = keyspace;
    this.#database = database;
  }

  #library(opcode: number): void {
    const code = readLibrary(this.#reader, opcode);
    this.#sound();
    const error = this.#options.target.addLibrary(code);
    if (error !== null) throw new Unreadable(`a library of functions cannot be loaded: ${error}`);
  }

  #moduleName(): string {
    let number = this.#reader.uint64() >> 10n;
    let name = "";
    for (let i = 0; i < MODULE_NAME_LENGTH; i++) {
      name = MODULE_LETTERS[Number(number & 63n)]! + name;
      number >>= 6n;
    }
    return name;
  }

  #entry(rdbType: number): void {
    const type = typeByRdb(rdbType);
    if (type === null && !MODULE_TYPES.has(rdbType)) {
      throw new Unreadable(`${rdbType} is the type of no value, and no opcode`);
    }
    this.#readKey();
    if (type === null) {
      throw new Unreadable(
        `a value is one of the module ${this.#moduleName()}: there are no modules`,
      );
    }
    const { scratch, nowMs } = this.#options.target;
    const isDead = this.#expiryMs !== NO_EXPIRY && this.#expiryMs < BigInt(nowMs);
    const keyspace = isDead ? scratch : this.#keyspace;
    const ref = this.#load(rdbType, keyspace);
    if (ref === 0) {
      this.emptyKeys++;
    } else if (isDead) {
      scratch.clear();
      this.expiredKeys++;
    } else {
      this.#finish(ref);
      this.loadedKeys++;
    }
    this.#expiryMs = NO_EXPIRY;
    this.#idleSeconds = null;
    this.#frequency = null;
  }

  #readKey(): void {
    const reader = this.#reader;
    reader.string();
    this.#sound();
    // What is read next may use the bytes of this string.
    const { stringBytes, stringOffset, stringLength } = reader;
    if (stringLength > this.#key.length) this.#key = new Uint8Array(stringLength * 2);
    this.#key.set(stringBytes.subarray(stringOffset, stringOffset + stringLength));
    this.#keyLength = stringLength;
  }

  /** The entry of the value that comes; 0 when it is whole and has no elements. */
  #load(rdbType: number, keyspace: Keyspace): EntryRef {
    const reader = this.#reader;
    const key = this.#key;
    const length = this.#keyLength;
    const isThere = !this.#options.replaces && keyspace.find(key, 0, length) !== 0;
    if (isThere) {
      throw new Unreadable(`${this.#keyText} is there twice in database ${this.#database}`);
    }
    const ref = typeByRdb(rdbType)!.load(reader, rdbType, keyspace, key, 0, length);
    if (CHECKED) assert((ref === 0) === (reader.damage !== null), "a value is loaded, or damaged");
    if (reader.damage === EMPTY_VALUE) {
      reader.forgetEmptiness();
    } else if (reader.damage !== null) {
      throw new Unreadable(`the value of ${this.#keyText} is damaged: ${reader.damage}`);
    }
    return ref;
  }

  #finish(ref: EntryRef): void {
    const keyspace = this.#keyspace;
    keyspace.setAccess(ref, this.#options.target.access(this.#idleSeconds, this.#frequency));
    if (this.#expiryMs === NO_EXPIRY) return;
    keyspace.reserveExpiry();
    keyspace.setExpiryMs(ref, normalized(this.#expiryMs));
  }

  get #keyText(): string {
    return `the key ${JSON.stringify(latin1(this.#key, 0, Math.min(this.#keyLength, 100)))}`;
  }

  #end(): void {
    this.#isOver = true;
    if (this.#version < FIRST_CHECKED_VERSION) return;
    const reader = this.#reader;
    const [low, high] = reader.checksum();
    const expected = BigInt.asUintN(64, reader.int64());
    this.#sound();
    if (!this.#options.checksum) return;
    if (expected === 0n) {
      this.#options.target.note("The RDB file was saved without a checksum: none is checked.");
      return;
    }
    const found = (BigInt(high) << 32n) | BigInt(low);
    if (expected === found) return;
    const [said, has] = [expected, found].map((sum) => sum.toString(16).padStart(16, "0"));
    throw new Unreadable(`the checksum of the whole is ${said}, and that of what was read ${has}`);
  }
}
