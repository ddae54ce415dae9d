/** The subcommands of DEBUG that look at keys or make them. */
import { Encoding, type EntryRef, type Keyspace, ValueType } from "../../engine/keyspace.ts";
import { idleSeconds, newAccess } from "../../session/access.ts";
import type { Call } from "../../session/call.ts";
import { ERR } from "../../session/errors.ts";
import { integerArgument } from "../shared/numbers.ts";
import { datasetDigest, valueDigest } from "./digest.ts";

/** The entry of argument `i`'s key, expired or not; 0, with the error replied, when absent. */
function entryOrError({ keyspace, request, reply }: Call, i: number): EntryRef {
  const ref = keyspace.find(request.bytes, request.offsets[i]!, request.lengths[i]!);
  if (ref === 0) reply.error(ERR.noSuchKey);
  return ref;
}

const ENCODING_NAMES = new Map<number, string>([
  [Encoding.raw, "raw"],
  [Encoding.int, "int"],
  [Encoding.embstr, "embstr"],
]);

/** Addresses are counted in units of this many bytes. */
const ADDRESS_UNIT_BYTES = 16;

/** DEBUG OBJECT key */
export function debugObject(call: Call): void {
  const { keyspace, reply } = call;
  const ref = entryOrError(call, 2);
  if (ref === 0) return;
  const access = keyspace.access(ref);
  reply.simple(
    `Value at:0x${(ref * ADDRESS_UNIT_BYTES).toString(16)} refcount:1 ` +
      `encoding:${ENCODING_NAMES.get(keyspace.encoding(ref))} ` +
      `serializedlength:${serializedBytes(keyspace, ref)} ` +
      `lru:${access} lru_seconds_idle:${idleSeconds(call.nowMs, access)}`,
  );
}

/** Length of a string in an RDB file, which stores small integers in binary; not compressed. */
function serializedBytes(keyspace: Keyspace, ref: EntryRef): number {
  const length = keyspace.valueLength(ref);
  if (keyspace.encoding(ref) === Encoding.int) {
    const offset = keyspace.valueOffset(ref);
    const bytes = keyspace.bytes(ref).subarray(offset, offset + length);
    const value = Number(Buffer.from(bytes).toString("latin1"));
    if (value >= -128 && value <= 127) return 2;
    if (value >= -32_768 && value <= 32_767) return 3;
    if (value >= -2_147_483_648 && value <= 2_147_483_647) return 5;
  }
  if (length < 64) return length + 1;
  return length < 16_384 ? length + 2 : length + 5;
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

/** DEBUG POPULATE count [prefix] [size]: keys that are there stay as they are. No effects. */
export function debugPopulate(call: Call): void {
  const { instance, request, reply, keyspace, session } = call;
  const count = positiveArgument(call, 2);
  if (count === null) return;
  const size = request.argc === 5 ? positiveArgument(call, 4) : 0;
  if (size === null) return;
  const prefix = request.argc > 3 ? request.text(3) : "key";
  const watched = !instance.watches.isEmpty;
  for (let j = 0; j < count; j++) {
    const key = Buffer.from(`${prefix}:${j}`, "latin1");
    if (keyspace.find(key, 0, key.length) !== 0) continue;
    const value = populateValue(j, size);
    const encoding = value.length <= EMBEDDED_BYTES ? Encoding.embstr : Encoding.raw;
    const ref = keyspace.setString(key, 0, key.length, value, 0, value.length, encoding, false);
    keyspace.setAccess(ref, newAccess(instance));
    if (watched) instance.watches.touch(session.database, key.toString("latin1"), true);
  }
  reply.ok();
}

/** Strings up to this length are embedded in their object. */
const EMBEDDED_BYTES = 44;

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

/** DEBUG HTSTATS-KEY key: strings have no table. */
export function debugTableOfKey(call: Call): void {
  if (entryOrError(call, 2) !== 0) call.reply.error(NOT_DICTIONARY);
}

/** DEBUG HTSTATS database */
export function debugTable(call: Call): void {
  const { instance, reply } = call;
  const index = integerArgument(call, 2);
  if (index === null) return;
  const keyspace = index < 0 ? undefined : instance.databases[Number(index)];
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

/** A copy of one entry that does not depend on its keyspace. */
interface SavedEntry {
  readonly key: Uint8Array;
  readonly type: number;
  readonly encoding: number;
  readonly value: Uint8Array | object;
  readonly access: number;
  readonly expiryMs: number | bigint | null;
}

/**
 * Copies every database, empties it and fills it again; entries whose time is past stay out.
 * This is no change: it has no effect for the journal.
 */
export function reloadData(call: Call): void {
  const { instance } = call;
  instance.databases.forEach((keyspace, database) => {
    const saved: SavedEntry[] = [];
    keyspace.forEach((ref) => {
      if (!keyspace.isExpired(ref, instance.nowMs)) saved.push(saveEntry(keyspace, ref));
    });
    instance.flush(database);
    for (const entry of saved) loadEntry(keyspace, entry);
  });
  instance.dirty = 0;
  call.rewritten = true;
}

function saveEntry(keyspace: Keyspace, ref: EntryRef): SavedEntry {
  const bytes = keyspace.bytes(ref);
  const keyOffset = keyspace.keyOffset(ref);
  const type = keyspace.type(ref);
  const valueOffset = type === ValueType.string ? keyspace.valueOffset(ref) : 0;
  return {
    key: bytes.slice(keyOffset, keyOffset + keyspace.keyLength(ref)),
    type,
    encoding: keyspace.encoding(ref),
    value:
      type === ValueType.string
        ? bytes.slice(valueOffset, valueOffset + keyspace.valueLength(ref))
        : keyspace.object(ref),
    access: keyspace.access(ref),
    expiryMs: keyspace.hasExpiry(ref) ? keyspace.expiryMs(ref) : null,
  };
}

function loadEntry(keyspace: Keyspace, entry: SavedEntry): void {
  const { key, value, encoding, type } = entry;
  const ref =
    value instanceof Uint8Array
      ? keyspace.setString(key, 0, key.length, value, 0, value.length, encoding, false)
      : keyspace.setObject(key, 0, key.length, type, encoding, value, false);
  keyspace.setAccess(ref, entry.access);
  if (entry.expiryMs !== null) keyspace.setExpiryMs(ref, entry.expiryMs);
}
