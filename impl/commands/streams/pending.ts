import type { Call } from "../../session/call.ts";
import type { Command } from "../../session/command.ts";
import { oneKey } from "../../session/command-declaration.ts";
import { ERR } from "../../session/errors.ts";
import { ConsumerGroups } from "../../structures/consumer-groups.ts";
import type { IdTree } from "../../structures/id-tree.ts";
import { Int64 } from "../../structures/int64.ts";
import { StreamId } from "../../structures/stream-id.ts";
import type { StreamView } from "../../types/stream/view.ts";
import { behind, integer, KEY, optional, since } from "../shared/arguments.ts";
import { integerArgument } from "../shared/numbers.ts";
import { noKeyOrGroup } from "./errors.ts";
import { CHANGING, CONSUMER, GROUP, IDS, STREAM } from "./facts.ts";
import { endArgument, idArgument, startArgument } from "./ids.ts";
import { arrayOf, openGroup, readStream, replyId, replyZero } from "./lookup.ts";

const id = new StreamId();

/** XACK: pending entries are done. */
export const XACK: Command = {
  ...STREAM,
  name: "xack",
  arity: -4,
  flags: ["write", "fast"],
  constantTime: true,
  keySpecs: oneKey("RW", "update"),
  complexity: "O(log(N)) for each id, in what is pending in the group",
  summary: "Acknowledges pending entries of a group, and counts them",
  arguments: [KEY, GROUP, IDS],
  handler: xack,
};

function xack(call: Call): void {
  const { request, reply } = call;
  const stream = readStream(call, 1, replyZero);
  if (stream === null) return;
  if (!openGroup(call, stream, 2)) {
    replyZero(call);
    return;
  }
  for (let i = 3; i < request.argc; i++) if (!idArgument(call, i, id)) return;
  let acknowledged = 0;
  for (let i = 3; i < request.argc; i++) {
    idArgument(call, i, id);
    if (!stream.groups.findPending(id)) continue;
    stream.groups.removePending();
    acknowledged++;
  }
  if (acknowledged > 0) {
    stream.mutated();
    call.changedUnseen(acknowledged);
  }
  reply.integer(acknowledged);
}

/** XPENDING: what is pending in a group. */
export const XPENDING: Command = {
  ...STREAM,
  name: "xpending",
  arity: -3,
  flags: ["readonly"],
  keySpecs: oneKey("RO", "access"),
  tips: CHANGING,
  complexity: "O(N) in the entries that are looked at; O(M) in the consumers for the summary",
  summary: "Shows what is pending in a group: how much for whom, or each entry",
  history: [["6.2.0", "`IDLE` is new, and a border can be left out of the range."]],
  arguments: [
    KEY,
    GROUP,
    {
      name: "filters",
      type: "block",
      flags: ["optional"],
      arguments: [
        optional(since("6.2.0", behind("IDLE", integer("min-idle-time")))),
        { name: "start", type: "string" },
        { name: "end", type: "string" },
        integer("count"),
        optional(CONSUMER),
      ],
    },
  ],
  handler: xpending,
};

const start = new StreamId();
const end = new StreamId();
const delivered = new Int64();
const deliveries = new Int64();

/** What of the pending entries is wanted, from `start` to `end`. */
interface Wanted {
  readonly most: number;
  readonly minIdle: number;
  /** The argument that names the consumer; 0 for all. */
  readonly consumerAt: number;
}

function xpending(call: Call): void {
  const { request, reply } = call;
  const { argc } = request;
  if (argc !== 3 && (argc < 6 || argc > 9)) {
    reply.error(ERR.syntax);
    return;
  }
  const wanted = argc === 3 ? null : wantedArguments(call);
  if (argc > 3 && wanted === null) return;
  const absent = () => reply.error(noKeyOrGroup(call, 1, 2));
  const stream = readStream(call, 1, absent);
  if (stream === null) return;
  if (!openGroup(call, stream, 2)) absent();
  else if (wanted === null) replySummary(call, stream);
  else replyPending(call, stream, wanted);
}

/** Reads what of the pending entries is wanted; null, with the error replied, when that is wrong. */
function wantedArguments(call: Call): Wanted | null {
  const { request, reply } = call;
  const hasIdle = request.is(3, "idle");
  const minIdle = hasIdle ? integerArgument(call, 4) : 0;
  if (minIdle === null) return null;
  if (hasIdle && request.argc < 8) {
    reply.error(ERR.syntax);
    return null;
  }
  const at = hasIdle ? 5 : 3;
  const count = integerArgument(call, at + 2);
  if (count === null) return null;
  if (!startArgument(call, at, start) || !endArgument(call, at + 1, end)) return null;
  const consumerAt = at + 3 < request.argc ? at + 3 : 0;
  return { most: Math.max(0, Number(count)), minIdle: Number(minIdle), consumerAt };
}

function replyPending(call: Call, stream: StreamView, wanted: Wanted): void {
  const { reply, request, nowMs } = call;
  const { groups } = stream;
  const { most, minIdle, consumerAt } = wanted;
  let tree: IdTree = groups.pending;
  if (consumerAt > 0) {
    const { bytes, offsets, lengths } = request;
    const consumer = groups.consumers.find(bytes, offsets[consumerAt]!, lengths[consumerAt]!);
    if (consumer === 0) {
      reply.array(0);
      return;
    }
    tree = groups.openOwn(consumer);
  }
  tree.setId(start.msHigh, start.msLow, start.sequenceHigh, start.sequenceLow);
  let more = tree.seek(false);
  arrayOf(call, () => {
    let count = 0;
    for (; more && count < most; more = tree.next()) {
      if (ConsumerGroups.readId(tree, id).compare(end) > 0) break;
      if (consumerAt > 0) groups.findPending(id);
      const idle = idleOf(nowMs, groups.readDelivered(delivered));
      if (minIdle !== 0 && idle < minIdle) continue;
      replyOne(call, stream, idle);
      count++;
    }
    return count;
  });
}

/** How long ago an entry was delivered. */
function idleOf(nowMs: number, at: Int64): number | bigint {
  const idle = BigInt(nowMs) - BigInt(at.toInteger());
  const number = Number(idle);
  return Number.isSafeInteger(number) ? number : idle;
}

function replyOne(call: Call, { groups }: StreamView, idle: number | bigint): void {
  const { reply } = call;
  const { consumers, owner } = groups;
  reply.array(4);
  replyId(call, id);
  reply.bulk(consumers.bytes(owner), consumers.nameOffset(owner), consumers.nameLength(owner));
  reply.integer(idle < 0 ? 0 : idle);
  reply.integer(groups.readCount(deliveries).toInteger());
}

function replySummary(call: Call, { groups }: StreamView): void {
  const { reply } = call;
  const { pending, consumers } = groups;
  reply.array(4);
  reply.integer(pending.length);
  if (pending.length === 0) {
    reply.nil();
    reply.nil();
    reply.nilArray();
    return;
  }
  pending.seekPosition(0);
  replyId(call, ConsumerGroups.readId(pending, id));
  pending.seekLast();
  replyId(call, ConsumerGroups.readId(pending, id));
  arrayOf(call, () => {
    let count = 0;
    for (let one = consumers.at(0); one !== 0; one = consumers.next()) {
      const length = groups.ownLength(one);
      if (length === 0) continue;
      reply.array(2);
      reply.bulk(consumers.bytes(one), consumers.nameOffset(one), consumers.nameLength(one));
      reply.bulkText(String(length));
      count++;
    }
    return count;
  });
}
