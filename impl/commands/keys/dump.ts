import type { Integer64 } from "../../engine/integers.ts";
import { addInteger64 } from "../../engine/integers.ts";
import type { EntryRef } from "../../engine/keyspace.ts";
import { isSound, LAST_RDB_TYPE, sealPayload, valueLength } from "../../rdb/payload.ts";
import { RdbReader } from "../../rdb/reader.ts";
import { RdbWriter } from "../../rdb/writer.ts";
import { restoredAccess } from "../../session/access.ts";
import type { Call } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import { oneKey } from "../../session/command-declaration.ts";
import { ERR } from "../../session/errors.ts";
import { KEY_EVENT } from "../../session/key-events.ts";
import { typeByRdb, typeOf } from "../../types/index.ts";
import { behind, flag, integer, KEY, optional, since } from "../shared/arguments.ts";
import { integerArgument } from "../shared/numbers.ts";
import { KEYSPACE } from "./facts.ts";
import { isPast, removalEffect } from "./removal.ts";

/** A payload is written in pieces of this size. */
const CHUNK_BYTES = 4096;

/** DUMP: a value as bytes that RESTORE takes, here and on a Redis. */
export const DUMP: Command = {
  ...KEYSPACE,
  name: "dump",
  arity: 2,
  flags: ["readonly"],
  keySpecs: oneKey("RO", "access"),
  tips: ["nondeterministic_output"],
  since: "2.6.0",
  complexity: "O(N) in the bytes of the value",
  summary: "Writes a value in Redis' own format",
  arguments: [KEY],
  handler: dump,
};

function dump(call: Call): void {
  const { reply } = call;
  const ref = call.lookupRead(1);
  if (ref === 0) {
    reply.nil();
    return;
  }
  const payload = payloadOf(call, ref);
  reply.bulk(payload, 0, payload.length);
}

/** What DUMP replies for the value of an entry. */
export function payloadOf({ keyspace, instance }: Call, ref: EntryRef): Uint8Array {
  const type = typeOf(keyspace, ref);
  const writer = new RdbWriter(CHUNK_BYTES, instance.config.get("rdbcompression"));
  writer.byte(type.rdbType(keyspace, ref));
  type.save(writer, keyspace, ref);
  return sealPayload(writer.bytes());
}

/** RESTORE: a key with the value that DUMP has written. */
export const RESTORE: Command = {
  ...KEYSPACE,
  name: "restore",
  arity: -4,
  flags: ["write", "denyoom"],
  keySpecs: oneKey("OW", "update"),
  acl: ["keyspace", "dangerous"],
  since: "2.6.0",
  complexity: "O(N) in the bytes of the value; O(N log(N)) for sorted sets",
  summary: "Makes a key from what DUMP has written",
  history: [
    ["3.0.0", "`REPLACE` is new."],
    ["5.0.0", "`ABSTTL` is new."],
    ["5.0.0", "`IDLETIME` and `FREQ` are new."],
  ],
  arguments: [
    KEY,
    integer("ttl"),
    { name: "serialized-value", type: "string" },
    since("3.0.0", optional(flag("replace"))),
    since("5.0.0", optional(flag("absttl"))),
    since("5.0.0", optional(behind("IDLETIME", integer("seconds")))),
    since("5.0.0", optional(behind("FREQ", integer("frequency")))),
  ],
  handler: restore,
};

interface RestoreOptions {
  readonly replace: boolean;
  readonly absolute: boolean;
  /** Seconds since the last access; null when that is not said. */
  readonly idleSeconds: Integer64 | null;
  /** The LFU counter, 0 to 255; null when that is not said. */
  readonly frequency: number | null;
}

function restore(call: Call): void {
  const { request, reply } = call;
  const options = restoreOptions(call);
  if (options === null) return;
  if (!options.replace && call.lookupWrite(1) !== 0) {
    reply.error("BUSYKEY Target key name already exists.");
    return;
  }
  const ttl = integerArgument(call, 2);
  if (ttl === null) return;
  if (ttl < 0) {
    reply.error("ERR Invalid TTL value, must be >= 0");
    return;
  }
  const offset = request.offsets[3]!;
  const length = request.lengths[3]!;
  if (!isSound(request.bytes, offset, length)) {
    reply.error("ERR DUMP payload version or checksum are wrong");
    return;
  }
  restoreValue(call, options, expiryOf(call, ttl, options.absolute));
}

/** When the key dies, in milliseconds since the epoch; null for never. A sum that is too large wraps, as in Redis. */
function expiryOf(call: Call, ttl: Integer64, absolute: boolean): Integer64 | null {
  if (ttl === 0) return null;
  if (absolute) return ttl;
  return addInteger64(ttl, call.nowMs) ?? BigInt.asIntN(64, BigInt(ttl) + BigInt(call.nowMs));
}

function restoreValue(call: Call, options: RestoreOptions, expiry: Integer64 | null): void {
  const { keyspace, request, reply, instance } = call;
  const isDead = expiry !== null && isPast(call, expiry);
  // What is replaced is not met: it goes as it is, even when its time is past.
  const existing = options.replace ? presentEntry(call) : 0;
  if (expiry !== null) keyspace.reserveExpiry();
  const ref = instance.notifications.withoutNewKeys(() => load(call));
  if (ref === 0) {
    reply.error("ERR Bad data format");
    return;
  }
  reply.ok();
  if (isDead) {
    // The value was sound, and is gone at once, with what the key held before.
    keyspace.remove(ref);
    if (existing === 0) {
      instance.data.changes.add(0);
      call.withoutEffect();
      return;
    }
    call.changed(1, KEY_EVENT.del);
    removalEffect(call, instance.settings.lazyServerDelete);
    return;
  }
  if (expiry !== null) keyspace.setExpiryMs(ref, expiry);
  keyspace.setAccess(ref, restoredAccess(instance, options.idleSeconds, options.frequency));
  call.tellNew(1);
  call.changed(1, KEY_EVENT.restore);
  if (expiry !== null && !options.absolute) restoreEffect(call, request.argc, expiry);
}

/** The entry of argument 1's key, expired or not; 0 when it is absent. */
function presentEntry({ keyspace, request }: Call): EntryRef {
  return keyspace.find(request.bytes, request.offsets[1]!, request.lengths[1]!);
}

/** Gives argument 1's key the value of argument 3; 0 when the bytes are damaged. */
function load(call: Call): EntryRef {
  const { bytes, offsets, lengths } = call.request;
  const start = offsets[3]!;
  const reader = new RdbReader(bytes, start, start + valueLength(lengths[3]!));
  const rdbType = reader.byte();
  const isKnown = reader.damage === null && rdbType <= LAST_RDB_TYPE;
  const type = isKnown ? typeByRdb(rdbType) : null;
  if (type === null) return 0;
  return type.load(reader, rdbType, call.keyspace, bytes, offsets[1]!, lengths[1]!);
}

/** The effect names the moment, so that a replay has the same one. */
function restoreEffect(call: Call, argc: number, expiry: Integer64): void {
  if (!call.effects.enabled) return;
  const { request } = call;
  const effects = call.rewrite(argc + 1);
  for (let i = 0; i < argc; i++) {
    if (i === 2) effects.integer(expiry);
    else effects.argument(request, i);
  }
  effects.word("ABSTTL");
}

/** @returns null, with the error replied, when the options are invalid */
function restoreOptions(call: Call): RestoreOptions | null {
  const { request, reply } = call;
  let replace = false;
  let absolute = false;
  let idleSeconds: Integer64 | null = null;
  let frequency: number | null = null;
  for (let i = 4; i < request.argc; i++) {
    const hasMore = i + 1 < request.argc;
    if (request.is(i, "replace")) {
      replace = true;
    } else if (request.is(i, "absttl")) {
      absolute = true;
    } else if (request.is(i, "idletime") && hasMore && frequency === null) {
      idleSeconds = integerArgument(call, ++i);
      if (idleSeconds === null) return null;
      if (idleSeconds < 0) {
        reply.error("ERR Invalid IDLETIME value, must be >= 0");
        return null;
      }
    } else if (request.is(i, "freq") && hasMore && idleSeconds === null) {
      const given = integerArgument(call, ++i);
      if (given === null) return null;
      if (given < 0 || given > 255) {
        reply.error("ERR Invalid FREQ value, must be >= 0 and <= 255");
        return null;
      }
      frequency = Number(given);
    } else {
      reply.error(ERR.syntax);
      return null;
    }
  }
  return { replace, absolute, idleSeconds, frequency };
}
