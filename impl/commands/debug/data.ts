/** The subcommands of DEBUG that look at keys or make them. */
import { assert, CHECKED } from "../../assert.ts";
import type { EntryRef, Keyspace } from "../../engine/keyspace.ts";
import { GRAIN_BYTES } from "../../engine/size-class.ts";
import { dumpLibraries, readLibraries } from "../../rdb/libraries.ts";
import { RdbReader } from "../../rdb/reader.ts";
import { RdbWriter } from "../../rdb/writer.ts";
import { idleSeconds, newAccess } from "../../session/access.ts";
import type { Call } from "../../session/call.ts";
import { ERR } from "../../session/errors.ts";
import type { Instance } from "../../session/instance.ts";
import { keyEvent } from "../../session/key-events.ts";
import { encodingName, typeOf, verifyValues } from "../../types/index.ts";
import { plainEncoding } from "../../types/string/encoding.ts";
import type { ValueType } from "../../types/value-type.ts";
import { integerArgument } from "../shared/numbers.ts";
import { datasetDigest, valueDigest } from "./digest.ts";

/** The entry of argument `i`'s key, expired or not; 0, with the error replied, when absent. */
function entryOrError({ keyspace, request, reply }: Call, i: number): EntryRef {
  const ref = keyspace.find(request.bytes, request.offsets[i]!, request.lengths[i]!);
  if (ref === 0) reply.error(ERR.noSuchKey);
  return ref;
}

/** Chunks of what one value is written into. */
const SMALL_CHUNK_BYTES = 1024;

/** DEBUG OBJECT key */
export function debugObject(call: Call): void {
  const { keyspace, reply } = call;
  const ref = entryOrError(call, 2);
  if (ref === 0) return;
  const access = keyspace.access(ref);
  reply.simple(
    `Value at:0x${(ref * GRAIN_BYTES).toString(16)} refcount:1 ` +
      `encoding:${encodingName(keyspace, ref)} ` +
      `serializedlength:${serializedBytes(keyspace, ref)} ` +
      `lru:${access} lru_seconds_idle:${idleSeconds(call.nowMs, access)}`,
  );
}

/** The length of a value in an RDB file, not compressed. */
function serializedBytes(keyspace: Keyspace, ref: EntryRef): number {
  const writer = new RdbWriter(SMALL_CHUNK_BYTES);
  typeOf(keyspace, ref).save(writer, keyspace, ref);
  return writer.lengthBytes;
}

/** DEBUG DIGEST */
export function debugDigest(call: Call): void {
  call.reply.simple(datasetDigest(call.instance));
}

/** DEBUG DIGEST-VALUE key ...: expired keys count as there. */
export function debugDigestValue({ keyspace, request, reply }: Call): void {
  reply.array(request.argc - 2);
  for (let i = 2; i < request.argc; i++) {
    const ref = keyspace.find(request.bytes, request.offsets[i]!, request.lengths[i]!);
    reply.simple(valueDigest(keyspace, ref));
  }
}

/** Beside `new`. */
const POPULATED = keyEvent("unnotified", "populate");

/** DEBUG POPULATE count [prefix] [size]: keys that are there stay as they are. No effects. */
export function debugPopulate(call: Call): void {
  const { instance, request, reply, keyspace, session } = call;
  const count = positiveArgument(call, 2);
  if (count === null) return;
  const size = request.argc === 5 ? positiveArgument(call, 4) : 0;
  if (size === null) return;
  const prefix = request.argc > 3 ? request.text(3) : "key";
  call.withoutEffect();
  for (let j = 0; j < count; j++) {
    const key = Buffer.from(`${prefix}:${j}`, "latin1");
    if (keyspace.find(key, 0, key.length) !== 0) continue;
    const value = populateValue(j, size);
    const encoding = plainEncoding(value.length);
    const ref = keyspace.setBytes(key, 0, key.length, value, 0, value.length, encoding, false);
    keyspace.setAccess(ref, newAccess(instance));
    instance.data.changes.add(0);
    instance.data.changes.tell(session.database, key, 0, key.length, POPULATED, true);
  }
  reply.ok();
}

function populateValue(j: number, sizeBytes: number): Buffer {
  const text = Buffer.from(`value:${j}`, "latin1");
  if (sizeBytes === 0) return text;
  const value = Buffer.alloc(sizeBytes);
  text.copy(value, 0, 0, Math.min(text.length, sizeBytes));
  return value;
}

/** A number that is not negative; null, with the error replied, when the argument is none. */
function positiveArgument(call: Call, i: number): number | null {
  const value = integerArgument(call, i, ERR.mustBePositive);
  if (value === null || value >= 0) return value === null ? null : Number(value);
  call.reply.error(ERR.mustBePositive);
  return null;
}

const NOT_DICTIONARY =
  "ERR The value stored at the specified key is not represented using an hash table";

/** DEBUG HTSTATS-KEY key */
export function debugTableOfKey(call: Call): void {
  const { keyspace, reply } = call;
  const ref = entryOrError(call, 2);
  if (ref === 0) return;
  const table = typeOf(keyspace, ref).table(keyspace, ref);
  if (table === null) reply.error(NOT_DICTIONARY);
  else reply.verbatim("txt", tableLines(table.elements, table.slots));
}

/** DEBUG HTSTATS database */
export function debugTable(call: Call): void {
  const { instance, reply } = call;
  const index = integerArgument(call, 2);
  if (index === null) return;
  const keyspace = index < 0 ? undefined : instance.data.databases[Number(index)];
  if (keyspace === undefined) {
    reply.error("ERR Out of range database");
    return;
  }
  const main = tableLines(keyspace.size, keyspace.slotCount);
  const expires = tableLines(keyspace.expiringCount, keyspace.expiringCount);
  reply.verbatim("txt", `[Dictionary HT]\n${main}[Expires HT]\n${expires}`);
}

/** Figures of a table in Redis' form; open addressing has one element per slot. */
function tableLines(elements: number, slots: number): string {
  const heading = "Hash table 0 stats (main hash table):\n";
  if (elements === 0) return `${heading}No stats available for empty dictionaries\n`;
  const share = (count: number) => `${((count / slots) * 100).toFixed(2)}%`;
  const empty = slots - elements;
  return [
    heading,
    ` table size: ${slots}\n`,
    ` number of elements: ${elements}\n`,
    ` different slots: ${elements}\n`,
    " max chain length: 1\n",
    " avg chain length (counted): 1.00\n",
    " avg chain length (computed): 1.00\n",
    " Chain length distribution:\n",
    empty > 0 ? `   0: ${empty} (${share(empty)})\n` : "",
    `   1: ${elements} (${share(elements)})\n`,
  ].join("");
}

/** One entry as an RDB file would hold it, and what such a file leaves out. */
interface SavedEntry {
  readonly key: Uint8Array;
  readonly type: ValueType;
  readonly rdbType: number;
  readonly value: Uint8Array;
  readonly access: number;
  readonly expiryMs: number | bigint | null;
}

/**
 * Saves libraries and every database, empties it and loads what was saved; entries whose time is past stay out.
 * This is no change: it has no effect for the journal.
 */
export function reloadData(call: Call): void {
  const { instance } = call;
  reloadLibraries(instance);
  instance.notifications.withoutNewKeys(() => {
    for (const database of instance.data.databases.keys()) reloadDatabase(instance, database);
  });
  instance.data.changes.tracker?.flushed();
  instance.data.changes.saved(instance.data.changes.count);
  call.withoutEffect();
}

function reloadLibraries({ data, scripts }: Instance): void {
  const payload = dumpLibraries([...data.libraries].map(({ code }) => code));
  const codes = readLibraries(payload, 0, payload.length);
  assert(typeof codes !== "string", "libraries are read as they were written");
  scripts.functions.flush();
  const error = scripts.functions.restore(codes, "append", true);
  assert(error === null, "libraries that were there can be loaded");
}

function reloadDatabase(instance: Instance, database: number): void {
  const keyspace = instance.data.databases[database]!;
  const saved: SavedEntry[] = [];
  keyspace.forEach((ref) => {
    if (!keyspace.isExpired(ref, instance.time.nowMs)) saved.push(saveEntry(keyspace, ref));
  });
  instance.data.flush(database);
  // A snapshot that is being written may have kept the one of before.
  const reloaded = instance.data.databases[database]!;
  for (const entry of saved) loadEntry(reloaded, entry);
  if (CHECKED) verifyValues(reloaded);
}

function saveEntry(keyspace: Keyspace, ref: EntryRef): SavedEntry {
  const keyOffset = keyspace.keyOffset(ref);
  const type = typeOf(keyspace, ref);
  const writer = new RdbWriter(SMALL_CHUNK_BYTES);
  type.save(writer, keyspace, ref);
  return {
    key: keyspace.bytes(ref).slice(keyOffset, keyOffset + keyspace.keyLength(ref)),
    type,
    rdbType: type.rdbType(keyspace, ref),
    value: writer.bytes(),
    access: keyspace.access(ref),
    expiryMs: keyspace.hasExpiry(ref) ? keyspace.expiryMs(ref) : null,
  };
}

function loadEntry(keyspace: Keyspace, entry: SavedEntry): void {
  const { key, type, rdbType, value, expiryMs } = entry;
  const reader = new RdbReader(value);
  const ref = type.load(reader, rdbType, keyspace, key, 0, key.length);
  assert(reader.damage === null && reader.atEnd, "a type reads what it has written");
  keyspace.setAccess(ref, entry.access);
  if (expiryMs !== null) keyspace.setExpiryMs(ref, expiryMs);
}
