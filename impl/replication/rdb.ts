/**
 * The RDB format, version 10: a snapshot that redis-server 7.0.15 loads.
 *
 * Source: rdb.h of Redis, and the files that redis-server writes.
 */
import type { EntryRef, Keyspace } from "../engine/keyspace.ts";
import { Opcode } from "../rdb/form.ts";
import { writeLibraries } from "../rdb/libraries.ts";
import { type RdbFile, RdbWriter } from "../rdb/writer.ts";
import { typeOf } from "../types/index.ts";

/** Version and digits as a file starts with them. */
const MAGIC = "REDIS0010";

/** What stands in front of the keys of a snapshot, and how it ends. */
export interface SnapshotHead {
  /** The code of each library of functions. */
  readonly libraries: Iterable<Uint8Array>;
  /** Facts about the snapshot, by name: `redis-ver`, `ctime` … */
  readonly facts: Iterable<readonly [name: string, value: string]>;
  /** False writes zero in place of the checksum, which readers then do not check. */
  readonly checksum: boolean;
  /** Writes what an access mark says, where the file is to say it. */
  readonly writeAccess?: WriteAccess | null;
}

/** Writes an opcode that says how idle or how frequently used the next key is. */
export type WriteAccess = (writer: RdbWriter, access: number) => void;

/** What a snapshot holds. */
export interface RdbContent extends SnapshotHead {
  /** The databases by index. */
  readonly databases: readonly Keyspace[];
}

/** Writes a snapshot to where its writer writes: the head, then entries in any order, then the end. */
export class SnapshotWriter {
  readonly #writer: RdbWriter;
  readonly #head: SnapshotHead;
  #database = -1;

  constructor(writer: RdbWriter, head: SnapshotHead) {
    this.#writer = writer;
    this.#head = head;
    writer.text(MAGIC);
    for (const [name, value] of head.facts) {
      writer.byte(Opcode.aux);
      writer.textString(name);
      writer.textString(value);
    }
    writeLibraries(writer, head.libraries);
  }

  /** The entries that follow are of this database: says how many there are, for who makes room. */
  database(index: number, keyspace: Keyspace): void {
    this.#select(index);
    this.#writer.byte(Opcode.resize);
    this.#writer.length(keyspace.size);
    this.#writer.length(keyspace.expiringCount);
  }

  /** Writes a key with value and expiry, whether or not its time is past. */
  entry(index: number, keyspace: Keyspace, ref: EntryRef): void {
    const writer = this.#writer;
    if (index !== this.#database) this.#select(index);
    if (keyspace.hasExpiry(ref)) {
      writer.byte(Opcode.expiryMs);
      writer.int64(keyspace.expiryMs(ref));
    }
    this.#head.writeAccess?.(writer, keyspace.access(ref));
    const type = typeOf(keyspace, ref);
    writer.byte(type.rdbType(keyspace, ref));
    writer.string(keyspace.bytes(ref), keyspace.keyOffset(ref), keyspace.keyLength(ref));
    type.save(writer, keyspace, ref);
  }

  /** Ends the file. */
  finish(): RdbFile {
    this.#writer.byte(Opcode.end);
    return this.#writer.finish(this.#head.checksum);
  }

  #select(index: number): void {
    this.#writer.byte(Opcode.select);
    this.#writer.length(index);
    this.#database = index;
  }
}

/** Writes a whole snapshot at once. */
export function writeSnapshot(writer: RdbWriter, content: RdbContent): RdbFile {
  const snapshot = new SnapshotWriter(writer, content);
  content.databases.forEach((keyspace, index) => {
    if (keyspace.size === 0) return;
    snapshot.database(index, keyspace);
    keyspace.forEach((ref) => {
      snapshot.entry(index, keyspace, ref);
    });
  });
  return snapshot.finish();
}

/** A whole snapshot in memory. */
export function encodeRdb(content: RdbContent): RdbFile {
  return writeSnapshot(new RdbWriter(), content);
}
