/** XREAD and XREADGROUP: what is new in several streams. */
import { Result } from "effect";
import { answer, argument, become, changeUnseen, lookup, session } from "../call.ts";
import type { Call, Meaning, Outcome } from "../command.ts";
import { type CommandError, fail } from "../errors.ts";
import { integerArgument, timeoutArgument } from "../numbers.ts";
import { array, type Bytes, bulk, map, nilArray, type Reply } from "../reply.ts";
import { cString, word } from "../text.ts";
import { waitFor } from "../waiting.ts";
import { deliver, type Reading, readingGroup, redeliver, withReader } from "./groups.ts";
import { type Id, idArgument, MAX_ID, textOf } from "./ids.ts";
import { range } from "./nodes.ts";
import { itemReply, streamAt, topOf } from "./streams.ts";
import type { StreamValue } from "./value.ts";

interface Options {
  readonly count: bigint;
  /** How long to wait where nothing is new; for ever, if it is 0; not at all, if it is left out. */
  readonly blockMs: bigint | undefined;
  readonly noAck: boolean;
  readonly group: Bytes | undefined;
  readonly consumer: Bytes;
  readonly keys: ReadonlyArray<Bytes>;
  readonly ids: ReadonlyArray<Bytes>;
}

const parseOptions = (call: Call, isGroup: boolean): Result.Result<Options, CommandError> =>
  Result.gen(function* () {
    let count = 0n;
    let blockMs: bigint | undefined;
    let noAck = false;
    let group: Bytes | undefined;
    let consumer = "";
    for (let at = 1; at < call.args.length; at += 1) {
      const option = word(argument(call, at));
      const rest = call.args.slice(at + 1);
      if (option === "block" && rest.length > 0) {
        blockMs = yield* timeoutArgument(argument(call, at + 1), call.nowMs);
        at += 1;
      } else if (option === "count" && rest.length > 0) {
        const given = yield* integerArgument(argument(call, at + 1));
        count = given < 0n ? 0n : given;
        at += 1;
      } else if (option === "streams" && rest.length > 0) {
        if (rest.length % 2 !== 0) return yield* fail("UnbalancedStreams");
        if (isGroup && group === undefined) return yield* fail("NoGroupOption");
        const half = rest.length / 2;
        const [keys, ids] = [rest.slice(0, half), rest.slice(half)];
        return { count, blockMs, noAck, group, consumer, keys, ids };
      } else if (option === "group" && rest.length > 1) {
        if (!isGroup) return yield* fail("GroupOfXread");
        group = argument(call, at + 1);
        consumer = argument(call, at + 2);
        at += 2;
      } else if (option === "noack") {
        if (!isGroup) return yield* fail("NoackOfXread");
        noAck = true;
      } else {
        return yield* fail("Syntax");
      }
    }
    return yield* fail("Syntax");
  });

const readReply = (call: Call, read: ReadonlyArray<readonly [Bytes, Reply]>): Reply => {
  const named = read.map(([key, items]) => [bulk(key), items] as const);
  return session(call).protocol === 3 ? map(named) : array(named.map((pair) => array(pair)));
};

/** Nothing is new: the command waits, if that was asked for. */
const readNothing = (
  call: Call,
  { keys, blockMs, group }: Options,
  again: ReadonlyArray<Bytes> = call.args,
): Result.Result<Outcome, CommandError> =>
  blockMs === undefined
    ? answer(call, nilArray)
    : waitFor(call, {
        ...{ keys, type: "stream", timeoutMs: blockMs, otherwise: nilArray, again },
        endsWithKey: group !== undefined,
      });

const itemsBehind = (stream: StreamValue, id: Id, count: bigint): Reply => {
  const bounds = { start: id + 1n, end: MAX_ID };
  const items = range(stream.nodes, bounds, count === 0n ? undefined : Number(count));
  return array(items.map(itemReply));
};

/** XREAD [COUNT count] [BLOCK timeout-ms] STREAMS key [key ...] id | $ [id | $ ...] */
export const xread: Meaning = (call) =>
  Result.gen(function* () {
    const options = yield* parseOptions(call, false);
    const { count, keys, ids } = options;
    if (call.come !== undefined) return yield* readServed(call, options, call.come);
    const after: Array<Id> = [];
    for (const [i, key] of keys.entries()) {
      const stream = yield* streamAt(call, key);
      const text = ids[i] as Bytes;
      if (cString(text) === ">") return yield* fail("NewOfXread");
      after.push(cString(text) === "$" ? (stream?.lastId ?? 0n) : yield* idArgument(text));
    }
    const read: Array<readonly [Bytes, Reply]> = [];
    for (const [i, key] of keys.entries()) {
      const stream = yield* streamAt(call, key);
      const start = after[i] as Id;
      if (stream === undefined || topOf(stream) <= start) continue;
      read.push([key, itemsBehind(stream, start, count)]);
    }
    if (read.length > 0) return yield* answer(call, readReply(call, read));
    // It waits with the ids that `$` means now.
    const again = [...call.args.slice(0, call.args.length - ids.length), ...after.map(textOf)];
    return yield* readNothing(call, options, again);
  });

/** XREAD has waited for a stream, which is there: what lies behind the id, be it nothing any more. */
const readServed = (call: Call, options: Options, key: Bytes) =>
  Result.gen(function* () {
    const stream = yield* streamAt(call, key);
    const id = yield* idArgument(options.ids[options.keys.indexOf(key)] as Bytes);
    if (stream === undefined || stream.lastId <= id) return yield* readNothing(call, options);
    const items = itemsBehind(stream, id, options.count);
    return yield* answer(call, readReply(call, [[key, items]]));
  });

/**
 * XREADGROUP GROUP group consumer [COUNT count] [BLOCK timeout-ms] [NOACK] STREAMS key [key ...]
 * id | > [id | > ...]
 */
export const xreadgroup: Meaning = (call) =>
  Result.gen(function* () {
    const options = yield* parseOptions(call, true);
    const { count, noAck, group: name = "", consumer, keys, ids } = options;
    const reading: Reading = { consumer, count, noAck };
    if (call.come !== undefined)
      return yield* deliverServed(call, options, name, reading, call.come);
    const after: Array<Id> = [];
    for (const [i, key] of keys.entries()) {
      yield* streamAt(call, key);
      yield* readingGroup(call, key, name);
      const text = ids[i] as Bytes;
      if (cString(text) === "$") return yield* fail("DollarOfXreadgroup");
      // The largest id stands for what is new.
      after.push(cString(text) === ">" ? MAX_ID : yield* idArgument(text));
    }
    const read: Array<readonly [Bytes, Reply]> = [];
    let { state } = call;
    for (const [i, key] of keys.entries()) {
      const now = { ...call, state };
      const { stream, group } = yield* readingGroup(now, key, name);
      const from = after[i] as Id;
      if (from === MAX_ID && topOf(stream) <= group.lastId) continue;
      const delivered =
        from === MAX_ID
          ? deliver(now, stream, group, reading)
          : redeliver(now, stream, group, reading, from);
      state = changeUnseen(now, key, withReader(stream, name, delivered.group));
      read.push([key, delivered.reply]);
    }
    if (read.length === 0) return yield* readNothing(call, options);
    return yield* become(state, readReply(call, read));
  });

/** XREADGROUP has waited for a stream: what is new in it for the group; or it, or the group, is gone. */
const deliverServed = (call: Call, options: Options, name: Bytes, reading: Reading, key: Bytes) =>
  Result.gen(function* () {
    const value = lookup(call, key)?.value;
    if (value?.type !== "stream") return yield* fail("StreamGone");
    const group = value.groups.get(name);
    if (group === undefined) return yield* fail("GroupGone");
    if (value.lastId <= group.lastId) return yield* readNothing(call, options);
    const delivered = deliver(call, value, group, reading);
    const state = changeUnseen(call, key, withReader(value, name, delivered.group));
    return yield* become(state, readReply(call, [[key, delivered.reply]]));
  });
