/** XINFO: what there is to know of a stream. */
import { Result } from "effect";
import { answer, argument, misused } from "../call.ts";
import type { Call, Meaning } from "../command.ts";
import { type CommandError, fail } from "../errors.ts";
import { integerArgument } from "../numbers.ts";
import { array, type Bytes, bulk, integer, map, nil, type Reply } from "../reply.ts";
import { word } from "../text.ts";
import { byName, firstOf, hasGapFrom, inOrder, pendingOf, readUpTo } from "./groups.ts";
import { MAX_ID } from "./ids.ts";
import { radixNodes, range } from "./nodes.ts";
import { idReply, itemReply, streamAt } from "./streams.ts";
import { type Group, livingOf, type StreamValue } from "./value.ts";

const facts = (pairs: Readonly<Record<string, Reply>>): Reply =>
  map(Object.entries(pairs).map(([name, value]) => [bulk(name), value]));

const existing = (call: Call): Result.Result<StreamValue, CommandError> =>
  Result.flatMap(streamAt(call, argument(call, 2)), (stream) =>
    stream === undefined ? fail("NoSuchKey") : Result.succeed(stream),
  );

const USUAL_COUNT = 10n;

/** XINFO STREAM key [FULL [COUNT count]] */
export const stream: Meaning = (call) =>
  Result.gen(function* () {
    const found = yield* existing(call);
    const [, , , full, option, count, more] = call.args;
    if (full === undefined) return yield* answer(call, facts({ ...basics(found), ...ends(found) }));
    if (word(full) !== "full" || more !== undefined) return yield* misused(call);
    if (option === undefined) return yield* answer(call, wholeReply(found, USUAL_COUNT));
    if (word(option) !== "count" || count === undefined) return yield* misused(call);
    const given = yield* integerArgument(count);
    return yield* answer(call, wholeReply(found, given < 0n ? USUAL_COUNT : given));
  });

const basics = (found: StreamValue): Readonly<Record<string, Reply>> => ({
  length: integer(livingOf(found).length),
  "radix-tree-keys": integer(found.nodes.length),
  "radix-tree-nodes": integer(radixNodes(found.nodes)),
  "last-generated-id": idReply(found.lastId),
  "max-deleted-entry-id": idReply(found.maxDeletedId),
  "entries-added": integer(found.entriesAdded),
  "recorded-first-entry-id": idReply(firstOf(found)),
});

const ends = (found: StreamValue): Readonly<Record<string, Reply>> => {
  const all = { start: 0n, end: MAX_ID };
  const [first] = range(found.nodes, all, 1);
  const [last] = range(found.nodes, { ...all, reversed: true }, 1);
  return {
    groups: integer(found.groups.size),
    "first-entry": first === undefined ? nil : itemReply(first),
    "last-entry": last === undefined ? nil : itemReply(last),
  };
};

const upTo = <A>(items: ReadonlyArray<A>, count: bigint): ReadonlyArray<A> =>
  count === 0n ? items : items.slice(0, Number(count));

const wholeReply = (found: StreamValue, count: bigint): Reply =>
  facts({
    ...basics(found),
    entries: array(upTo(livingOf(found), count).map(itemReply)),
    groups: array(
      byName(found.groups).map(([name, group]) => wholeGroup(found, name, group, count)),
    ),
  });

const wholeGroup = (found: StreamValue, name: Bytes, group: Group, count: bigint): Reply =>
  facts({
    name: bulk(name),
    "last-delivered-id": idReply(group.lastId),
    "entries-read": known(group.entriesRead),
    lag: lagOf(found, group),
    "pel-count": integer(group.pending.size),
    pending: array(
      upTo(inOrder(group.pending), count).map(([id, pending]) =>
        array([
          idReply(id),
          bulk(pending.consumer),
          integer(pending.deliveredMs),
          integer(pending.count),
        ]),
      ),
    ),
    consumers: array(
      byName(group.consumers).map(([consumer, seenMs]) => {
        const own = pendingOf(group, consumer);
        const shown = upTo(own, count).map(([id, pending]) =>
          array([idReply(id), integer(pending.deliveredMs), integer(pending.count)]),
        );
        return facts({
          name: bulk(consumer),
          "seen-time": integer(seenMs),
          "pel-count": integer(own.length),
          pending: array(shown),
        });
      }),
    ),
  });

const known = (count: bigint): Reply => (count === -1n ? nil : integer(count));

/** How many entries the group has not read yet; nil when nobody knows. */
const lagOf = (found: StreamValue, group: Group): Reply => {
  const { entriesAdded } = found;
  if (entriesAdded === 0n) return integer(0);
  const isCounted = group.entriesRead !== -1n && !hasGapFrom(found, group.lastId);
  const read = isCounted ? group.entriesRead : readUpTo(found, group.lastId);
  return isCounted || read !== -1n ? integer(BigInt.asIntN(64, entriesAdded - read)) : nil;
};

/** XINFO GROUPS key */
export const groups: Meaning = (call) =>
  Result.flatMap(existing(call), (found) =>
    answer(
      call,
      array(
        byName(found.groups).map(([name, group]) =>
          facts({
            name: bulk(name),
            consumers: integer(group.consumers.size),
            pending: integer(group.pending.size),
            "last-delivered-id": idReply(group.lastId),
            "entries-read": known(group.entriesRead),
            lag: lagOf(found, group),
          }),
        ),
      ),
    ),
  );

/** XINFO CONSUMERS key group */
export const consumers: Meaning = (call) =>
  Result.gen(function* () {
    const found = yield* existing(call);
    const name = argument(call, 3);
    const group = found.groups.get(name);
    if (group === undefined) return yield* fail("NoGroupOfKey", name, argument(call, 2));
    const shown = byName(group.consumers).map(([consumer, seenMs]) => {
      const idle = call.nowMs - seenMs;
      return facts({
        name: bulk(consumer),
        pending: integer(pendingOf(group, consumer).length),
        idle: integer(idle < 0n ? 0n : idle),
      });
    });
    return yield* answer(call, array(shown));
  });
