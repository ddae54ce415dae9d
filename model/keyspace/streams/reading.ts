/** XREAD and XREADGROUP: what is new in several streams. */
import { Result } from "effect";
import { answer, argument, become, changeUnseen, session } from "../call.ts";
import type { Call, Meaning } from "../command.ts";
import { type CommandError, fail } from "../errors.ts";
import { integerArgument, timeoutArgument } from "../numbers.ts";
import { array, type Bytes, bulk, map, nilArray, type Reply } from "../reply.ts";
import { cString, word } from "../text.ts";
import { deliver, type Reading, readingGroup, redeliver, withReader } from "./groups.ts";
import { type Id, idArgument, MAX_ID } from "./ids.ts";
import { range } from "./nodes.ts";
import { itemReply, streamAt, topOf } from "./streams.ts";

interface Options {
  readonly count: bigint;
  readonly noAck: boolean;
  readonly group: Bytes | undefined;
  readonly consumer: Bytes;
  readonly keys: ReadonlyArray<Bytes>;
  readonly ids: ReadonlyArray<Bytes>;
}

const parseOptions = (call: Call, isGroup: boolean): Result.Result<Options, CommandError> =>
  Result.gen(function* () {
    let count = 0n;
    let noAck = false;
    let group: Bytes | undefined;
    let consumer = "";
    for (let at = 1; at < call.args.length; at += 1) {
      const option = word(argument(call, at));
      const rest = call.args.slice(at + 1);
      if (option === "block" && rest.length > 0) {
        yield* timeoutArgument(argument(call, at + 1), call.nowMs);
        at += 1;
      } else if (option === "count" && rest.length > 0) {
        const given = yield* integerArgument(argument(call, at + 1));
        count = given < 0n ? 0n : given;
        at += 1;
      } else if (option === "streams" && rest.length > 0) {
        if (rest.length % 2 !== 0) return yield* fail("UnbalancedStreams");
        if (isGroup && group === undefined) return yield* fail("NoGroupOption");
        const half = rest.length / 2;
        return { count, noAck, group, consumer, keys: rest.slice(0, half), ids: rest.slice(half) };
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
  if (read.length === 0) return nilArray;
  const named = read.map(([key, items]) => [bulk(key), items] as const);
  return session(call).protocol === 3 ? map(named) : array(named.map((pair) => array(pair)));
};

/** XREAD [COUNT count] [BLOCK timeout-ms] STREAMS key [key ...] id | $ [id | $ ...] */
export const xread: Meaning = (call) =>
  Result.gen(function* () {
    const { count, keys, ids } = yield* parseOptions(call, false);
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
      const bounds = { start: start + 1n, end: MAX_ID };
      const items = range(stream.nodes, bounds, count === 0n ? undefined : Number(count));
      read.push([key, array(items.map(itemReply))]);
    }
    return yield* answer(call, readReply(call, read));
  });

/**
 * XREADGROUP GROUP group consumer [COUNT count] [BLOCK timeout-ms] [NOACK] STREAMS key [key ...]
 * id | > [id | > ...]
 */
export const xreadgroup: Meaning = (call) =>
  Result.gen(function* () {
    const { count, noAck, group: name = "", consumer, keys, ids } = yield* parseOptions(call, true);
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
    const reading: Reading = { consumer, count, noAck };
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
    return yield* become(state, readReply(call, read));
  });
