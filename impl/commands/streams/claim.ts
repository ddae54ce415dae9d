import type { EntryRef } from "../../engine/keyspace.ts";
import { type Call, WRONG_TYPE } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import { oneKey } from "../../session/command-declaration.ts";
import { ERR } from "../../session/errors.ts";
import { ConsumerGroups } from "../../structures/consumer-groups.ts";
import { Int64 } from "../../structures/int64.ts";
import { StreamId } from "../../structures/stream-id.ts";
import { ASSIGNED } from "../../types/stream/assignments.ts";
import { STREAM_TYPE } from "../../types/stream/kinds.ts";
import { openStream, type StreamView } from "../../types/stream/view.ts";
import { behind, flag, integer, KEY, optional } from "../shared/arguments.ts";
import { integerArgument } from "../shared/numbers.ts";
import { tellMade, writeClaim, writeGroupPosition } from "./deliver.ts";
import { claimOption, noKeyOrGroup, STREAM_ERR } from "./errors.ts";
import { CHANGING, CONSUMER, COUNT, GROUP, ID, IDS, STREAM } from "./facts.ts";
import { idArgument, isId, startArgument } from "./ids.ts";
import { arrayOf, openGroup, replyEntry, replyId } from "./lookup.ts";

const GROUP_AT = 2;
const CONSUMER_AT = 3;
const MIN_IDLE = { name: "min-idle-time", type: "string" } as const;
const JUSTID = optional(flag("justid"));

/** XCLAIM: pending entries for another consumer. */
export const XCLAIM: Command = {
  ...STREAM,
  name: "xclaim",
  arity: -6,
  flags: ["write", "fast"],
  keySpecs: oneKey("RW", "update"),
  tips: CHANGING,
  complexity: "O(log(N)) for each id, in what is pending in the group",
  summary: "Gives pending entries to another consumer of a group",
  arguments: [
    KEY,
    GROUP,
    CONSUMER,
    MIN_IDLE,
    IDS,
    optional(behind("IDLE", integer("ms"))),
    optional({ name: "unix-time-milliseconds", type: "unix-time", token: "TIME" }),
    optional(behind("RETRYCOUNT", integer("count"))),
    optional(flag("force")),
    JUSTID,
    optional(behind("LASTID", ID)),
  ],
  handler: xclaim,
};

const id = new StreamId();
const lastId = new StreamId();
const nextId = new StreamId();
const deliveredMs = new Int64();
const wasDelivered = new Int64();
const deliveries = new Int64();
const retryCount = new Int64();
const nowMs = new Int64();

/** What XCLAIM and XAUTOCLAIM give their consumer. */
interface Claim {
  /** Entries that were delivered a shorter time ago stay where they are; 0 for none. */
  readonly minIdle: number;
  /** Deliveries are counted on; false where `retryCount` says how many they are. */
  readonly counts: boolean;
  readonly justId: boolean;
}

function xclaim(call: Call): void {
  const { request } = call;
  const stream = claimedStream(call);
  if (stream === null) return;
  const minIdle = integerArgument(call, 4, STREAM_ERR.claimMinIdle);
  if (minIdle === null) return;
  let optionsAt = 5;
  while (optionsAt < request.argc && isId(call, optionsAt, id)) optionsAt++;
  const options = claimOptions(call, optionsAt);
  if (options === null) return;
  const claim = { ...options, minIdle: Math.max(0, Number(minIdle)) };
  const { groups, assignments } = stream;
  const moves = lastId.compare(groups.readLastId(groups.group, nextId)) > 0;
  assignments.useGroup(1);
  if (moves) groups.setLastId(groups.group, lastId);
  try {
    arrayOf(call, () => {
      let consumer = 0;
      let claimed = 0;
      for (let i = 5; i < optionsAt; i++) {
        isId(call, i, id);
        const isPending = findPending(stream, id);
        if (!stream.entries.find(id)) {
          if (isPending) assignments.drop(id, i);
          continue;
        }
        if (!isPending && !options.force) continue;
        if (isPending && !isIdle(stream, claim)) continue;
        if (consumer === 0) consumer = seeConsumer(call, stream);
        if (isPending) give(stream, claim, consumer, i);
        else take(stream, claim, consumer, i);
        replyClaimed(call, stream, claim);
        claimed++;
      }
      return claimed;
    });
  } catch (error) {
    assignments.takeBack();
    throw error;
  }
  finishClaims(call, stream, moves);
}

/** The stream of a claim, with its group open; null, with the error replied, when one of them is not there. */
function claimedStream(call: Call): StreamView | null {
  const ref = call.readOf(STREAM_TYPE, 1);
  return ref === WRONG_TYPE ? null : claimedIn(call, ref);
}

/** As `claimedStream`, of an entry that has been looked up; 0 for none. */
function claimedIn(call: Call, ref: EntryRef): StreamView | null {
  const stream = ref === 0 ? null : openStream(call.keyspace, ref);
  if (stream !== null && openGroup(call, stream, GROUP_AT)) return stream;
  call.reply.error(noKeyOrGroup(call, 1, GROUP_AT));
  return null;
}

/** Reads XCLAIM's options from argument `from` on: what they say is in `deliveredMs`, `retryCount` and `lastId`, too. */
function claimOptions(
  call: Call,
  from: number,
): { readonly counts: boolean; readonly justId: boolean; readonly force: boolean } | null {
  const { request, reply } = call;
  let atMs: number | bigint = -1;
  let counts = true;
  let force = false;
  let justId = false;
  lastId.setLeast();
  for (let i = from; i < request.argc; i++) {
    const hasValue = i + 1 < request.argc;
    if (request.is(i, "force")) {
      force = true;
    } else if (request.is(i, "justid")) {
      justId = true;
    } else if (hasValue && request.is(i, "idle")) {
      const idle = integerArgument(call, i + 1, STREAM_ERR.claimIdle);
      if (idle === null) return null;
      atMs = BigInt.asIntN(64, BigInt(call.nowMs) - BigInt(idle));
      i++;
    } else if (hasValue && request.is(i, "time")) {
      const time = integerArgument(call, i + 1, STREAM_ERR.claimTime);
      if (time === null) return null;
      atMs = time;
      i++;
    } else if (hasValue && request.is(i, "retrycount")) {
      const count = integerArgument(call, i + 1, STREAM_ERR.claimRetryCount);
      if (count === null) return null;
      counts = count < 0;
      retryCount.setInteger(count);
      i++;
    } else if (hasValue && request.is(i, "lastid")) {
      if (!idArgument(call, i + 1, lastId)) return null;
      i++;
    } else {
      reply.error(claimOption(call, i));
      return null;
    }
  }
  // While the log is replayed time stands still, and what it says was possible.
  const isPossible = atMs >= 0 && (atMs <= call.nowMs || call.origin === "replay");
  nowMs.setNumber(call.nowMs);
  deliveredMs.setInteger(isPossible ? atMs : call.nowMs);
  return { counts, justId, force };
}

/** Moves the cursor to a pending entry; false when it is not pending, or has just gone. */
function findPending({ groups }: StreamView, wanted: StreamId): boolean {
  return groups.findPending(wanted) && groups.owner !== 0;
}

/** True when the pending entry at the cursor was delivered long enough ago. */
function isIdle({ groups }: StreamView, { minIdle }: Claim): boolean {
  if (minIdle === 0) return true;
  const delivered = BigInt(groups.readDelivered(wasDelivered).toInteger());
  return BigInt.asIntN(64, BigInt(nowMs.toInteger()) - delivered) >= minIdle;
}

/** The consumer that claims has been seen; it is made if there is none. */
function seeConsumer(call: Call, stream: StreamView): number {
  const { request, origin, instance } = call;
  const { bytes, offsets, lengths } = request;
  const seenMs = origin === "replay" ? instance.time.wallMs : call.nowMs;
  return stream.assignments.see(bytes, offsets[CONSUMER_AT]!, lengths[CONSUMER_AT]!, seenMs, 1);
}

/** Gives the pending entry at the cursor to a consumer. */
function give(stream: StreamView, claim: Claim, consumer: number, idAt: number): void {
  stream.groups.readCount(deliveries);
  countDelivery(claim);
  stream.assignments.move(id, consumer, deliveredMs, deliveries, idAt);
}

/** Gives an entry that is not pending to a consumer. */
function take(stream: StreamView, claim: Claim, consumer: number, idAt: number): void {
  deliveries.setWord(1);
  countDelivery(claim);
  stream.assignments.add(id, consumer, deliveredMs, deliveries, idAt);
}

function countDelivery({ counts, justId }: Claim): void {
  if (!counts) deliveries.copy(retryCount);
  else if (!justId) deliveries.increment();
}

/** Replies the entry that the stream's walk has found. */
function replyClaimed(call: Call, stream: StreamView, { justId }: Claim): void {
  if (justId) replyId(call, id);
  else replyEntry(call, stream);
}

/**
 * Keeps what was claimed, and tells of it, each as an XCLAIM of its own.
 *
 * @param moves the group's last id has moved
 */
function finishClaims(call: Call, stream: StreamView, moves: boolean): void {
  const { assignments, groups } = stream;
  const { group } = groups;
  let told = 0;
  tellMade(call, stream);
  groups.readLastId(group, lastId);
  for (let row = 0; row < assignments.count; row++) {
    const kind = assignments.kind(row);
    if (kind !== ASSIGNED.added && kind !== ASSIGNED.moved && kind !== ASSIGNED.gone) continue;
    told++;
    if (call.effects.enabled) writeClaim(call, stream, row, 1, GROUP_AT, lastId);
  }
  if (moves && told === 0) {
    told++;
    if (call.effects.enabled) writeGroupPosition(call, stream, group, 1, GROUP_AT);
  }
  if (told === 0) call.withoutEffect();
  call.changedUnseen(told);
  assignments.settle();
  stream.mutated();
}

/** XAUTOCLAIM: those of a group's pending entries that nobody works on, for a consumer. */
export const XAUTOCLAIM: Command = {
  ...STREAM,
  name: "xautoclaim",
  arity: -6,
  flags: ["write", "fast"],
  keySpecs: oneKey("RW", "delete"),
  tips: CHANGING,
  since: "6.2.0",
  complexity: "O(1) if COUNT is small",
  summary: "Gives pending entries that were delivered long ago to a consumer of a group",
  history: [["7.0.0", "The reply has the entries that are there no more as a third element."]],
  arguments: [KEY, GROUP, CONSUMER, MIN_IDLE, { name: "start", type: "string" }, COUNT, JUSTID],
  handler: xautoclaim,
};

const AUTOCLAIM_COUNT = 100;
const MOST_AUTOCLAIM_COUNT = (2n ** 63n - 1n) / 16n;
/** Of so many ids Redis can make no list. */
const TOO_MANY_IDS = 2 ** 43;
const LOOKS_PER_CLAIM = 10;

function xautoclaim(call: Call): void {
  const { reply, keyspace } = call;
  // Redis looks the key up first, and at its type when the arguments are right.
  const ref = call.lookupRead(1);
  const minIdle = integerArgument(call, 4, STREAM_ERR.autoclaimMinIdle);
  const isRight = minIdle !== null && startArgument(call, 5, nextId);
  const options = isRight ? autoclaimOptions(call) : null;
  if (options === null || minIdle === null) return;
  const { count, justId } = options;
  if (ref !== 0 && keyspace.type(ref) !== STREAM_TYPE) {
    reply.error(ERR.wrongType);
    return;
  }
  const stream = claimedIn(call, ref);
  if (stream === null) return;
  if (count >= TOO_MANY_IDS) {
    reply.error(STREAM_ERR.autoclaimMemory);
    return;
  }
  const claim: Claim = { minIdle: Math.max(0, Number(minIdle)), counts: true, justId };
  nowMs.setNumber(call.nowMs);
  deliveredMs.copy(nowMs);
  const { assignments } = stream;
  assignments.useGroup(1);
  const mark = reply.length;
  try {
    const claimed = claimFrom(call, stream, claim, count);
    // The id at which to go on is known only now, and stands before.
    reply.arrayFrom(mark, claimed);
    replyIdAt(call, mark);
  } catch (error) {
    assignments.takeBack();
    throw error;
  }
  replyGone(call, stream);
  finishClaims(call, stream, false);
}

/** Claims from `nextId` on, which says afterwards where to go on, and replies what was claimed. Returns how many these are. */
function claimFrom(call: Call, stream: StreamView, claim: Claim, count: number): number {
  const { groups, assignments } = stream;
  const { pending } = groups;
  let consumer = 0;
  let claimed = 0;
  let gone = 0;
  pending.setId(nextId.msHigh, nextId.msLow, nextId.sequenceHigh, nextId.sequenceLow);
  let more = pending.seek(false);
  for (let looks = 0; more && looks < count * LOOKS_PER_CLAIM; looks++, more = pending.next()) {
    if (claimed + gone === count) break;
    ConsumerGroups.readId(pending, id);
    if (!stream.entries.find(id)) {
      assignments.drop(id, 0);
      gone++;
    } else if (isIdle(stream, claim)) {
      if (consumer === 0) consumer = seeConsumer(call, stream);
      give(stream, claim, consumer, 0);
      replyClaimed(call, stream, claim);
      claimed++;
    }
  }
  if (more) ConsumerGroups.readId(pending, nextId);
  else nextId.setLeast();
  return claimed;
}

/** Opens XAUTOCLAIM's reply before what it has claimed, which is written from `mark` on. */
function replyIdAt(call: Call, mark: number): void {
  const { reply } = call;
  const claimed = Buffer.from(reply.bytes.subarray(mark, reply.length));
  reply.truncate(mark);
  reply.array(3);
  replyId(call, nextId);
  reply.append(claimed, 0, claimed.length);
}

/** Replies the ids of the entries that are there no more. */
function replyGone(call: Call, { assignments }: StreamView): void {
  arrayOf(call, () => {
    let gone = 0;
    for (let row = 0; row < assignments.count; row++) {
      if (assignments.kind(row) !== ASSIGNED.gone) continue;
      replyId(call, assignments.readId(row, id));
      gone++;
    }
    return gone;
  });
}

function autoclaimOptions(call: Call): { readonly count: number; readonly justId: boolean } | null {
  const { request, reply } = call;
  let count = AUTOCLAIM_COUNT;
  let justId = false;
  for (let i = 6; i < request.argc; i++) {
    if (request.is(i, "count") && i + 1 < request.argc) {
      const given = integerArgument(call, i + 1, STREAM_ERR.autoclaimCount);
      if (given === null) return null;
      if (given < 1 || given > MOST_AUTOCLAIM_COUNT) {
        reply.error(STREAM_ERR.autoclaimCount);
        return null;
      }
      count = Number(given);
      i++;
    } else if (request.is(i, "justid")) {
      justId = true;
    } else {
      reply.error(ERR.syntax);
      return null;
    }
  }
  return { count, justId };
}
