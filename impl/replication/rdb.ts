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

/** What a snapshot holds. */
export interface RdbContent {
  /** The code of each library of functions. */
  readonly libraries: Iterable<Uint8Array>;
  /** The databases by index. */
  readonly databases: readonly Keyspace[];
  /** Facts about the snapshot, by name: `redis-ver`, `ctime` … */
  readonly facts: Iterable<readonly [name: string, value: string]>;
  /** False writes zero in place of the checksum, which readers then do not check. */
  readonly checksum: boolean;
}

/**
 * Writes a snapshot: libraries of functions, and every key with its value and expiry, those included whose time is past.
 */
export function encodeRdb(content: RdbContent): RdbFile {
  const writer = new RdbWriter();
  writer.text(MAGIC);
  for (const [name, value] of content.facts) {
    writer.byte(Opcode.aux);
    writer.textString(name);
    writer.textString(value);
  }
  writeLibraries(writer, content.libraries);
  content.databases.forEach((keyspace, index) => {
    if (keyspace.size > 0) writeDatabase(writer, keyspace, index);
  });
  writer.byte(Opcode.end);
  return writer.finish(content.checksum);
}

function writeDatabase(writer: RdbWriter, keyspace: Keyspace, index: number): void {
  writer.byte(Opcode.select);
  writer.length(index);
  writer.byte(Opcode.resize);
  writer.length(keyspace.size);
  writer.length(keyspace.expiringCount);
  keyspace.forEach((ref) => {
    writeEntry(writer, keyspace, ref);
  });
}

function writeEntry(writer: RdbWriter, keyspace: Keyspace, ref: EntryRef): void {
  if (keyspace.hasExpiry(ref)) {
    writer.byte(Opcode.expiryMs);
    writer.int64(keyspace.expiryMs(ref));
  }
  const type = typeOf(keyspace, ref);
  writer.byte(type.rdbType(keyspace, ref));
  writer.string(keyspace.bytes(ref), keyspace.keyOffset(ref), keyspace.keyLength(ref));
  type.save(writer, keyspace, ref);
}
