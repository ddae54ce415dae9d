import { assert, CHECKED } from "../../assert.ts";
import type { EntryRef } from "../../engine/keyspace.ts";
import type { Call } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import { KEY_EVENT } from "../../session/key-events.ts";
import { behind, integer, optional, since } from "../shared/arguments.ts";
import {
  BUCKETS_PER_ELEMENT,
  cursorArgument,
  MATCH_AND_COUNT,
  matchesArgument,
  type ScanOptions,
  scanOptions,
} from "../shared/scanning.ts";
import { typeName } from "./basic.ts";
import { KEYSPACE } from "./facts.ts";

/** KEYS: every key that matches a pattern. Expired ones are passed over and stay. */
export const KEYS: Command = {
  ...KEYSPACE,
  name: "keys",
  arity: 2,
  flags: ["readonly"],
  acl: ["keyspace", "dangerous"],
  tips: ["request_policy:all_shards", "nondeterministic_output_order"],
  since: "1.0.0",
  complexity: "O(N) in the number of keys of the database",
  summary: "Lists every key that matches a pattern",
  arguments: [{ name: "pattern", type: "pattern" }],
  handler: keys,
};

function keys(call: Call): void {
  const { keyspace, reply } = call;
  const start = reply.length;
  let count = 0;
  keyspace.forEach((ref) => {
    if (reply.isCut || !matches(call, 1, ref) || keyspace.isExpired(ref, call.nowMs)) return;
    replyKey(call, ref);
    count++;
  });
  reply.arrayFrom(start, count);
}

/**
 * Draws of RANDOMKEY that may meet expired keys which CLIENT PAUSE keeps from going, before one of
 * them is the answer. Redis 7.0 draws for ever; later versions end like this.
 */
const DRAWS_DURING_PAUSE = 100;

/** RANDOMKEY: any key, each with the same chance. */
export const RANDOMKEY: Command = {
  ...KEYSPACE,
  name: "randomkey",
  arity: 1,
  flags: ["readonly"],
  tips: ["request_policy:all_shards", "nondeterministic_output"],
  since: "1.0.0",
  complexity: "O(1)",
  summary: "Names any key of the database",
  handler: randomkey,
};

function randomkey(call: Call): void {
  const { instance, keyspace, reply } = call;
  let draws = DRAWS_DURING_PAUSE;
  for (;;) {
    const ref = keyspace.randomEntry(instance.random);
    if (ref === 0) {
      reply.nil();
      return;
    }
    // Under CLIENT PAUSE what is past stays, and there may be nothing else.
    if (!keyspace.isExpired(ref, call.nowMs) || draws === 0) {
      replyKey(call, ref);
      return;
    }
    if (!expireAlone(call, ref)) draws--;
  }
}

/**
 * SCAN: some keys and the cursor of the next step. Every key that is there from the first step to
 * the last is returned at least once, however the table grows and shrinks meanwhile.
 */
export const SCAN: Command = {
  ...KEYSPACE,
  name: "scan",
  arity: -2,
  flags: ["readonly"],
  tips: ["nondeterministic_output", "request_policy:special"],
  since: "2.8.0",
  complexity: "O(1) for each call, O(N) for all keys of the database",
  summary: "Lists keys step by step",
  history: [["6.0.0", "`TYPE` is new."]],
  arguments: [
    integer("cursor"),
    ...MATCH_AND_COUNT,
    since("6.0.0", optional(behind("TYPE", { name: "type", type: "string" }))),
  ],
  handler: scan,
};

function scan(call: Call): void {
  const { keyspace, reply } = call;
  const start = cursorArgument(call, 1);
  if (start === null) return;
  const options = scanOptions(call, 2, true);
  if (options === null) return;
  const visited: EntryRef[] = [];
  const visit = (ref: EntryRef): void => {
    visited.push(ref);
  };
  let cursor = start;
  let buckets = options.count * BUCKETS_PER_ELEMENT;
  do {
    cursor = keyspace.scan(cursor, visit);
  } while (cursor !== 0 && buckets-- > 0 && visited.length < options.count);
  if (CHECKED) assert(cursor >= 0 && cursor < 2 ** 32, "a cursor has 32 bits");
  const found = visited.filter((ref) => passes(call, ref, options));
  reply.array(2);
  reply.bulkText(String(cursor));
  reply.array(found.length);
  for (const ref of found) replyKey(call, ref);
}

/** Whether a step returns an entry; removes it when its time is past. */
function passes(call: Call, ref: EntryRef, options: ScanOptions): boolean {
  const { instance, keyspace } = call;
  if (options.pattern !== 0 && !matches(call, options.pattern, ref)) return false;
  if (keyspace.isExpired(ref, call.nowMs)) {
    const keyOffset = keyspace.keyOffset(ref);
    const key = keyspace.bytes(ref).slice(keyOffset, keyOffset + keyspace.keyLength(ref));
    expireAlone(call, ref);
    if (options.type === null) return false;
    instance.statistics.keyspaceMisses++;
    const { database } = call.session;
    instance.notifications.tell(database, key, 0, key.length, KEY_EVENT.keyMiss);
    return false;
  }
  if (options.type === null) return true;
  instance.statistics.keyspaceHits++;
  return typeName(keyspace, ref) === options.type;
}

/**
 * Removes an entry whose time is past. These commands meet keys that nobody has named, so each
 * removal is an effect by itself, as in active expiry; inside EXEC they belong to it.
 *
 * @returns false when CLIENT PAUSE keeps the entry
 */
function expireAlone(call: Call, ref: EntryRef): boolean {
  const removed = call.instance.data.expire(call.session.database, ref);
  if (call.depth === 0) call.effects.commit();
  return removed;
}

/** True when an entry's key matches argument `i`. */
function matches(call: Call, i: number, ref: EntryRef): boolean {
  const { keyspace } = call;
  return matchesArgument(
    call,
    i,
    keyspace.bytes(ref),
    keyspace.keyOffset(ref),
    keyspace.keyLength(ref),
  );
}

function replyKey(call: Call, ref: EntryRef): void {
  const keyspace = call.keyspace;
  call.reply.bulk(keyspace.bytes(ref), keyspace.keyOffset(ref), keyspace.keyLength(ref));
}
