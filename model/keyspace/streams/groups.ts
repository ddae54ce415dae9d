/** Groups of consumers: what is delivered, to whom, and what is acknowledged. */
import { Result } from "effect";
import { answer, argument, become, changeUnseen, misused, put, session, valueAt } from "../call.ts";
import type { Call, Meaning } from "../command.ts";
import { type CommandError, fail } from "../errors.ts";
import { integerArgument } from "../numbers.ts";
import {
  array,
  type Bytes,
  bulk,
  integer,
  nil,
  nilArray,
  ok,
  one,
  type Reply,
  zero,
} from "../reply.ts";
import { arrive } from "../state.ts";
import { cString, word } from "../text.ts";
import { endArgument, type Id, idArgument, idOrEndArgument, MAX_ID, startArgument } from "./ids.ts";
import { range } from "./nodes.ts";
import { idArguments, idReply, itemReply, streamAt } from "./streams.ts";
import {
  emptyStream,
  type Group,
  type Item,
  livingOf,
  type Pending,
  type StreamValue,
} from "./value.ts";

/** Entries by id, in order. */
export const inOrder = (pending: Group["pending"]): ReadonlyArray<readonly [Id, Pending]> =>
  [...pending].sort(([a], [b]) => (a < b ? -1 : 1));

/** By name, as bytes are ordered. */
export const byName = <A>(map: ReadonlyMap<Bytes, A>): ReadonlyArray<readonly [Bytes, A]> =>
  [...map].sort(([a], [b]) => (a < b ? -1 : 1));

/** What was delivered to one consumer. */
export const pendingOf = (group: Group, consumer: Bytes): ReadonlyArray<readonly [Id, Pending]> =>
  inOrder(group.pending).filter(([, pending]) => pending.consumer === consumer);

/** The entry of that id, if it is there. */
const itemAt = (stream: StreamValue, id: Id): Item | undefined =>
  range(stream.nodes, { start: id, end: id }, 1)[0];

/** The id of the first entry that is there; 0 for none. */
export const firstOf = (stream: StreamValue): Id => livingOf(stream)[0]?.id ?? 0n;

/** Whether a deleted entry may lie behind that id. */
export const hasGapFrom = (stream: StreamValue, id: Id): boolean => {
  const { maxDeletedId } = stream;
  if (livingOf(stream).length === 0 || maxDeletedId === 0n) return false;
  return firstOf(stream) <= maxDeletedId && id <= maxDeletedId;
};

/** How many entries were added up to that id; -1 when nobody knows. */
export const readUpTo = (stream: StreamValue, id: Id): bigint => {
  const { entriesAdded, lastId, maxDeletedId } = stream;
  const length = BigInt(livingOf(stream).length);
  if (entriesAdded === 0n) return 0n;
  if (length === 0n && id <= lastId) return entriesAdded;
  if (id === lastId) return entriesAdded;
  if (id > lastId) return UNKNOWN;
  const first = firstOf(stream);
  if (maxDeletedId === 0n || maxDeletedId < first) {
    if (id < first) return BigInt.asIntN(64, entriesAdded - length);
    if (id === first) return BigInt.asIntN(64, entriesAdded - length + 1n);
  }
  return UNKNOWN;
};

const UNKNOWN = -1n;

const withGroup = (stream: StreamValue, name: Bytes, group: Group): StreamValue => ({
  ...stream,
  groups: new Map(stream.groups).set(name, group),
});

/** The consumer has just been seen; it is made if there is no such one. */
const seen = (group: Group, consumer: Bytes, nowMs: bigint): Group => ({
  ...group,
  consumers: new Map(group.consumers).set(consumer, nowMs),
});

const withPending = (group: Group, id: Id, pending: Pending): Group => ({
  ...group,
  pending: new Map(group.pending).set(id, pending),
});

const withoutPending = (group: Group, gone: (id: Id, pending: Pending) => boolean): Group => ({
  ...group,
  pending: new Map([...group.pending].filter(([id, pending]) => !gone(id, pending))),
});

interface Found {
  readonly stream: StreamValue;
  readonly group: Group;
}

const groupAt = (
  call: Call,
  key: Bytes,
  name: Bytes,
  otherwise: "NoKeyOrGroup" | "NoGroupToRead",
): Result.Result<Found, CommandError> =>
  Result.gen(function* () {
    const stream = yield* valueAt(call, key, "stream");
    const group = stream?.groups.get(name);
    if (stream === undefined || group === undefined) return yield* fail(otherwise, key, name);
    return { stream, group };
  });

/** XGROUP CREATE key group id | $ [MKSTREAM] [ENTRIESREAD count] */
export const create: Meaning = (call) =>
  Result.gen(function* () {
    const key = argument(call, 2);
    const name = argument(call, 3);
    const { makes, entriesRead } = yield* groupOptions(call, true);
    const before = yield* streamAt(call, key);
    if (before === undefined && !makes) return yield* fail("NoStreamForGroup");
    if (call.args.length > 8) return yield* misused(call);
    const stream = before ?? emptyStream;
    const text = argument(call, 4);
    const lastId = cString(text) === "$" ? stream.lastId : yield* idArgument(text);
    if (stream.groups.has(name)) return yield* fail("GroupExists");
    const group: Group = { lastId, entriesRead, consumers: new Map(), pending: new Map() };
    const after = withGroup(stream, name, group);
    return yield* become(
      before === undefined ? put(call, key, after) : changeUnseen(call, key, after),
    );
  });

const groupOptions = (call: Call, isCreate: boolean) =>
  Result.gen(function* () {
    let makes = false;
    let entriesRead = UNKNOWN;
    for (let at = 5; at < call.args.length; ) {
      const option = word(argument(call, at));
      if (isCreate && option === "mkstream") {
        makes = true;
        at += 1;
      } else if (option === "entriesread" && at + 1 < call.args.length) {
        entriesRead = yield* integerArgument(argument(call, at + 1));
        if (entriesRead < UNKNOWN) return yield* fail("EntriesReadNegative");
        at += 2;
      } else {
        return yield* misused(call);
      }
    }
    return { makes, entriesRead };
  });

/** The stream and the group that XGROUP names; without a group where it must not exist. */
const namedGroup = (call: Call) =>
  Result.gen(function* () {
    const key = argument(call, 2);
    const name = argument(call, 3);
    const stream = yield* streamAt(call, key);
    if (stream === undefined) return yield* fail("NoStreamForGroup");
    return { key, name, stream, group: stream.groups.get(name) };
  });

/** XGROUP SETID key group id | $ [ENTRIESREAD count] */
export const setid: Meaning = (call) =>
  Result.gen(function* () {
    const { entriesRead } = yield* groupOptions(call, false);
    const { key, name, stream, group } = yield* namedGroup(call);
    if (group === undefined) return yield* fail("NoGroupOfKey", name, key);
    if (call.args.length !== 5 && call.args.length !== 7) return yield* misused(call);
    const text = argument(call, 4);
    const lastId = cString(text) === "$" ? stream.lastId : yield* idOrEndArgument(text);
    const after = withGroup(stream, name, { ...group, lastId, entriesRead });
    return yield* become(changeUnseen(call, key, after), ok);
  });

/** XGROUP DESTROY key group */
export const destroy: Meaning = (call) =>
  Result.gen(function* () {
    const { key, name, stream, group } = yield* namedGroup(call);
    if (group === undefined) return yield* answer(call, zero);
    const groups = new Map(stream.groups);
    groups.delete(name);
    const state = changeUnseen(call, key, { ...stream, groups });
    return yield* become(arrive(state, session(call).database, key), one);
  });

/** XGROUP CREATECONSUMER key group consumer */
export const createconsumer: Meaning = (call) =>
  Result.gen(function* () {
    const { key, name, stream, group } = yield* namedGroup(call);
    if (group === undefined) return yield* fail("NoGroupOfKey", name, key);
    const consumer = argument(call, 4);
    if (group.consumers.has(consumer)) return yield* answer(call, zero);
    const after = withGroup(stream, name, seen(group, consumer, call.nowMs));
    return yield* become(changeUnseen(call, key, after), one);
  });

/** XGROUP DELCONSUMER key group consumer */
export const delconsumer: Meaning = (call) =>
  Result.gen(function* () {
    const { key, name, stream, group } = yield* namedGroup(call);
    if (group === undefined) return yield* fail("NoGroupOfKey", name, key);
    const consumer = argument(call, 4);
    if (!group.consumers.has(consumer)) return yield* answer(call, zero);
    const count = pendingOf(group, consumer).length;
    const rest = withoutPending(group, (_, pending) => pending.consumer === consumer);
    const consumers = new Map(rest.consumers);
    consumers.delete(consumer);
    const after = withGroup(stream, name, { ...rest, consumers });
    return yield* become(changeUnseen(call, key, after), integer(count));
  });

/** XACK key group id [id ...] */
export const xack: Meaning = (call) =>
  Result.gen(function* () {
    const key = argument(call, 1);
    const name = argument(call, 2);
    const stream = yield* streamAt(call, key);
    const group = stream?.groups.get(name);
    if (stream === undefined || group === undefined) return yield* answer(call, zero);
    const ids = new Set(yield* idArguments(call, 3));
    const rest = withoutPending(group, (id) => ids.has(id));
    const count = group.pending.size - rest.pending.size;
    if (count === 0) return yield* answer(call, zero);
    return yield* become(changeUnseen(call, key, withGroup(stream, name, rest)), integer(count));
  });

/** XPENDING key group [[IDLE min-idle-time] start end count [consumer]] */
export const xpending: Meaning = (call) =>
  Result.gen(function* () {
    const count = call.args.length;
    if (count !== 3 && (count < 6 || count > 9)) return yield* fail("Syntax");
    const wanted = count === 3 ? undefined : yield* pendingRange(call);
    const { group } = yield* groupAt(call, argument(call, 1), argument(call, 2), "NoKeyOrGroup");
    if (wanted === undefined) return yield* answer(call, summary(group));
    const { start, end, most, minIdle, consumer } = wanted;
    const found = inOrder(group.pending).filter(
      ([id, pending]) =>
        id >= start &&
        id <= end &&
        (consumer === undefined || pending.consumer === consumer) &&
        (minIdle === 0n || call.nowMs - pending.deliveredMs >= minIdle),
    );
    const shown = found.slice(0, Number(most));
    return yield* answer(call, array(shown.map((one) => pendingReply(call, one))));
  });

const pendingRange = (call: Call) =>
  Result.gen(function* () {
    const hasIdle = word(argument(call, 3)) === "idle";
    const minIdle = hasIdle ? yield* integerArgument(argument(call, 4)) : 0n;
    if (hasIdle && call.args.length < 8) return yield* fail("Syntax");
    const at = hasIdle ? 5 : 3;
    const count = yield* integerArgument(argument(call, at + 2));
    const start = yield* startArgument(argument(call, at));
    const end = yield* endArgument(argument(call, at + 1));
    const most = count < 0n ? 0n : count;
    return { start, end, most, minIdle, consumer: call.args[at + 3] };
  });

const pendingReply = (call: Call, [id, pending]: readonly [Id, Pending]): Reply => {
  const idle = call.nowMs - pending.deliveredMs;
  const { consumer, count } = pending;
  return array([idReply(id), bulk(consumer), integer(idle < 0n ? 0n : idle), integer(count)]);
};

const summary = (group: Group): Reply => {
  const all = inOrder(group.pending);
  const [first, last] = [all[0], all.at(-1)];
  if (first === undefined || last === undefined) return array([zero, nil, nil, nilArray]);
  const consumers = byName(group.consumers).flatMap(([name]) => {
    const { length } = pendingOf(group, name);
    return length === 0 ? [] : [array([bulk(name), bulk(`${length}`)])];
  });
  return array([integer(all.length), idReply(first[0]), idReply(last[0]), array(consumers)]);
};

/** What XCLAIM and XAUTOCLAIM give their consumer. */
interface Claim {
  readonly consumer: Bytes;
  readonly minIdle: bigint;
  readonly deliveredMs: bigint;
  /** Nothing where deliveries are counted on. */
  readonly count: bigint | undefined;
  readonly justId: boolean;
}

const isIdle = (call: Call, pending: Pending, minIdle: bigint): boolean =>
  minIdle === 0n || BigInt.asIntN(64, call.nowMs - pending.deliveredMs) >= minIdle;

const claimed = (
  call: Call,
  group: Group,
  [id, pending]: readonly [Id, Pending],
  claim: Claim,
  isFirst: boolean,
): Group => {
  const { consumer, deliveredMs, justId } = claim;
  const count = claim.count ?? BigInt.asIntN(64, pending.count + (justId ? 0n : 1n));
  const known = isFirst ? seen(group, consumer, call.nowMs) : group;
  return withPending(known, id, { consumer, deliveredMs, count });
};

const claimReply = (item: Item, justId: boolean): Reply =>
  justId ? idReply(item.id) : itemReply(item);

/**
 * XCLAIM key group consumer min-idle-time id [id ...] [IDLE ms] [TIME unix-time-ms]
 * [RETRYCOUNT count] [FORCE] [JUSTID] [LASTID id]
 */
export const xclaim: Meaning = (call) =>
  Result.gen(function* () {
    const key = argument(call, 1);
    const name = argument(call, 2);
    const { stream, group } = yield* groupAt(call, key, name, "NoKeyOrGroup");
    const minIdle = yield* integerArgument(argument(call, 4), "ClaimMinIdle");
    const ids: Array<Id> = [];
    let at = 5;
    for (; at < call.args.length; at += 1) {
      const id = Result.getOrUndefined(idArgument(argument(call, at)));
      if (id === undefined) break;
      ids.push(id);
    }
    const options = yield* claimOptions(call, at);
    const claim: Claim = {
      consumer: argument(call, 3),
      minIdle: minIdle < 0n ? 0n : minIdle,
      deliveredMs: options.deliveredMs,
      count: options.retryCount < 0n ? undefined : options.retryCount,
      justId: options.justId,
    };
    let after = options.lastId > group.lastId ? { ...group, lastId: options.lastId } : group;
    const replies: Array<Reply> = [];
    for (const id of ids) {
      const item = itemAt(stream, id);
      const pending = after.pending.get(id);
      if (item === undefined) {
        after = withoutPending(after, (other) => other === id);
      } else if (pending !== undefined || options.force) {
        if (pending !== undefined && !isIdle(call, pending, claim.minIdle)) continue;
        const made = { consumer: claim.consumer, deliveredMs: call.nowMs, count: 1n };
        after = claimed(call, after, [id, pending ?? made], claim, replies.length === 0);
        replies.push(claimReply(item, claim.justId));
      }
    }
    return yield* become(changeUnseen(call, key, withGroup(stream, name, after)), array(replies));
  });

const claimOptions = (call: Call, from: number) =>
  Result.gen(function* () {
    let deliveredMs = -1n;
    let retryCount = -1n;
    let lastId = 0n;
    let force = false;
    let justId = false;
    for (let at = from; at < call.args.length; at += 1) {
      const text = argument(call, at);
      const option = word(text);
      const next = call.args[at + 1];
      if (option === "force") {
        force = true;
      } else if (option === "justid") {
        justId = true;
      } else if (next === undefined) {
        return yield* fail("ClaimOption", text);
      } else {
        if (option === "idle")
          deliveredMs = BigInt.asIntN(64, call.nowMs - (yield* integerArgument(next, "ClaimIdle")));
        else if (option === "time") deliveredMs = yield* integerArgument(next, "ClaimTime");
        else if (option === "retrycount")
          retryCount = yield* integerArgument(next, "ClaimRetryCount");
        else if (option === "lastid") lastId = yield* idArgument(next);
        else return yield* fail("ClaimOption", text);
        at += 1;
      }
    }
    const isPossible = deliveredMs >= 0n && deliveredMs <= call.nowMs;
    if (!isPossible) deliveredMs = call.nowMs;
    return { deliveredMs, retryCount, lastId, force, justId };
  });

const AUTOCLAIM_COUNT = 100n;
const MOST_AUTOCLAIM_COUNT = (2n ** 63n - 1n) / 16n;
/** Of this many ids no list can be made. */
const TOO_MANY_IDS = 2n ** 43n;
const LOOKS_PER_CLAIM = 10n;

/** XAUTOCLAIM key group consumer min-idle-time start [COUNT count] [JUSTID] */
export const xautoclaim: Meaning = (call) =>
  Result.gen(function* () {
    const key = argument(call, 1);
    const name = argument(call, 2);
    const minIdle = yield* integerArgument(argument(call, 4), "AutoclaimMinIdle");
    const start = yield* startArgument(argument(call, 5));
    const { count, justId } = yield* autoclaimOptions(call);
    const { stream, group } = yield* groupAt(call, key, name, "NoKeyOrGroup");
    if (count >= TOO_MANY_IDS) return yield* fail("AutoclaimMemory");
    const claim: Claim = {
      consumer: argument(call, 3),
      minIdle: minIdle < 0n ? 0n : minIdle,
      deliveredMs: call.nowMs,
      count: undefined,
      justId,
    };
    const all = inOrder(group.pending).filter(([id]) => id >= start);
    const claims: Array<Reply> = [];
    const deleted: Array<Reply> = [];
    let after = group;
    let looks = 0;
    for (const [id, pending] of all) {
      if (BigInt(looks) === count * LOOKS_PER_CLAIM) break;
      if (BigInt(claims.length + deleted.length) === count) break;
      looks += 1;
      const item = itemAt(stream, id);
      if (item === undefined) {
        after = withoutPending(after, (other) => other === id);
        deleted.push(idReply(id));
      } else if (isIdle(call, pending, claim.minIdle)) {
        after = claimed(call, after, [id, pending], claim, claims.length === 0);
        claims.push(claimReply(item, justId));
      }
    }
    const next = idReply(all[looks]?.[0] ?? 0n);
    return yield* become(
      changeUnseen(call, key, withGroup(stream, name, after)),
      array([next, array(claims), array(deleted)]),
    );
  });

const autoclaimOptions = (call: Call) =>
  Result.gen(function* () {
    let count = AUTOCLAIM_COUNT;
    let justId = false;
    for (let at = 6; at < call.args.length; at += 1) {
      const option = word(argument(call, at));
      const next = call.args[at + 1];
      if (option === "count" && next !== undefined) {
        count = yield* integerArgument(next, "AutoclaimCount");
        if (count < 1n || count > MOST_AUTOCLAIM_COUNT) return yield* fail("AutoclaimCount");
        at += 1;
      } else if (option === "justid") {
        justId = true;
      } else {
        return yield* fail("Syntax");
      }
    }
    return { count, justId };
  });

/** How a group reads new entries. */
export interface Reading {
  readonly consumer: Bytes;
  /** How many entries at most; 0 for all. */
  readonly count: bigint;
  /** What is read counts as acknowledged. */
  readonly noAck: boolean;
}

interface Delivered {
  readonly group: Group;
  readonly reply: Reply;
}

/** Delivers what is behind the group's last id. */
export const deliver = (
  call: Call,
  stream: StreamValue,
  before: Group,
  { consumer, count, noAck }: Reading,
): Delivered => {
  let group = seen(before, consumer, call.nowMs);
  const bounds = { start: (before.lastId + 1n) & MAX_ID, end: MAX_ID };
  const items = range(stream.nodes, bounds, count === 0n ? undefined : Number(count));
  for (const { id } of items) {
    if (id > group.lastId) {
      if (group.entriesRead !== UNKNOWN && !hasGapFrom(stream, id))
        group = { ...group, entriesRead: BigInt.asIntN(64, group.entriesRead + 1n) };
      else if (stream.entriesAdded !== 0n) group = { ...group, entriesRead: readUpTo(stream, id) };
      group = { ...group, lastId: id };
    }
    if (!noAck) group = withPending(group, id, { consumer, deliveredMs: call.nowMs, count: 1n });
  }
  return { group, reply: array(items.map(itemReply)) };
};

/** Delivers once more what the consumer has and lies behind that id. */
export const redeliver = (
  call: Call,
  stream: StreamValue,
  before: Group,
  { consumer, count }: Reading,
  after: Id,
): Delivered => {
  let group = seen(before, consumer, call.nowMs);
  const all = pendingOf(before, consumer).filter(([id]) => id > after);
  const shown = count === 0n ? all : all.slice(0, Number(count));
  const replies = shown.map(([id, pending]) => {
    const item = itemAt(stream, id);
    if (item === undefined) return array([idReply(id), nilArray]);
    const again = BigInt.asIntN(64, pending.count + 1n);
    group = withPending(group, id, { consumer, deliveredMs: call.nowMs, count: again });
    return itemReply(item);
  });
  return { group, reply: array(replies) };
};

/** A stream whose group has read. */
export const withReader = withGroup;

/** A group that is to read: the key must exist, and the group in it. */
export const readingGroup = (call: Call, key: Bytes, name: Bytes) =>
  groupAt(call, key, name, "NoGroupToRead");
