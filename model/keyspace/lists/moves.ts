/** The commands that take items from the ends of lists. */
import { Result } from "effect";
import { answer, argument, become } from "../call.ts";
import type { Call, Meaning } from "../command.ts";
import { type CommandError, fail } from "../errors.ts";
import { positiveArgument } from "../numbers.ts";
import { array, type Bytes, bulk, nil, nilArray } from "../reply.ts";
import { word } from "../text.ts";
import { keysToTry, waitArgument, waitFor } from "../waiting.ts";
import { type End, hold, listAt, popped, position, pushed } from "./items.ts";

/** LPOP key [count] */
export const lpop: Meaning = (call) => pop(call, "left");

/** RPOP key [count] */
export const rpop: Meaning = (call) => pop(call, "right");

const pop = (call: Call, end: End) =>
  Result.gen(function* () {
    const [, key = "", given, ...more] = call.args;
    if (more.length > 0) return yield* fail("WrongArity", call.command);
    const count = given === undefined ? undefined : yield* positiveArgument(given);
    const list = yield* listAt(call, key);
    if (list === undefined) return yield* answer(call, given === undefined ? nil : nilArray);
    const [taken, left] = popped(list.items, end, position(count ?? 1n));
    if (taken.length === 0) return yield* answer(call, array([]));
    const replies = taken.map(bulk);
    return yield* become(
      hold(call, key, left),
      count === undefined ? (replies[0] ?? nil) : array(replies),
    );
  });

/** LMOVE source destination LEFT | RIGHT LEFT | RIGHT */
export const lmove: Meaning = (call) =>
  Result.gen(function* () {
    const from = yield* endArgument(argument(call, 3));
    const to = yield* endArgument(argument(call, 4));
    return yield* moveItem(call, from, to);
  });

/** RPOPLPUSH source destination */
export const rpoplpush: Meaning = (call) => moveItem(call, "right", "left");

const endArgument = (bytes: Bytes): Result.Result<End, CommandError> => {
  const end = word(bytes);
  return end === "left" || end === "right" ? Result.succeed(end) : fail("Syntax");
};

const moveItem = (call: Call, from: End, to: End) =>
  Result.gen(function* () {
    const source = argument(call, 1);
    const destination = argument(call, 2);
    const list = yield* listAt(call, source);
    if (list === undefined) return yield* answer(call, nil);
    const onto = yield* listAt(call, destination);
    const [moved, left] = popped(list.items, from, 1);
    const items = source === destination ? left : (onto?.items ?? []);
    // Put in first and taken out then, so that a list that moves onto itself keeps its expiry.
    const state = hold(call, destination, pushed(items, to, moved));
    const after = source === destination ? state : hold({ ...call, state }, source, left);
    return yield* become(after, bulk(moved[0] ?? ""));
  });

/** LMPOP numkeys key [key ...] LEFT | RIGHT [COUNT count] */
export const lmpop: Meaning = (call) =>
  Result.gen(function* () {
    const several = yield* severalArguments(call, 1);
    return (yield* popFirst(call, several.keys, several)) ?? (yield* answer(call, nilArray));
  });

/** BLMPOP timeout numkeys key [key ...] LEFT | RIGHT [COUNT count] */
export const blmpop: Meaning = (call) =>
  Result.gen(function* () {
    const several = yield* severalArguments(call, 2);
    const { keys } = several;
    const timeoutMs = yield* waitArgument(argument(call, 1), call.nowMs);
    const popped = yield* popFirst(call, keysToTry(call, keys), several);
    if (popped !== undefined) return popped;
    return yield* waitFor(call, { keys, type: "list", timeoutMs, otherwise: nilArray });
  });

/** BLPOP key [key ...] timeout */
export const blpop: Meaning = (call) => waitingPop(call, "left");

/** BRPOP key [key ...] timeout */
export const brpop: Meaning = (call) => waitingPop(call, "right");

const waitingPop = (call: Call, end: End) =>
  Result.gen(function* () {
    const keys = call.args.slice(1, -1);
    const timeoutMs = yield* waitArgument(argument(call, call.args.length - 1), call.nowMs);
    for (const key of keysToTry(call, keys)) {
      const list = yield* listAt(call, key);
      if (list === undefined) continue;
      const [[taken = ""], left] = popped(list.items, end, 1);
      return yield* become(hold(call, key, left), array([bulk(key), bulk(taken)]));
    }
    return yield* waitFor(call, { keys, type: "list", timeoutMs, otherwise: nilArray });
  });

/** BLMOVE source destination LEFT | RIGHT LEFT | RIGHT timeout */
export const blmove: Meaning = (call) =>
  Result.gen(function* () {
    const from = yield* endArgument(argument(call, 3));
    const to = yield* endArgument(argument(call, 4));
    return yield* waitingMove(call, from, to, argument(call, 5));
  });

/** BRPOPLPUSH source destination timeout */
export const brpoplpush: Meaning = (call) => waitingMove(call, "right", "left", argument(call, 3));

const waitingMove = (call: Call, from: End, to: End, timeout: Bytes) =>
  Result.gen(function* () {
    const timeoutMs = yield* waitArgument(timeout, call.nowMs);
    const source = argument(call, 1);
    if ((yield* listAt(call, source)) !== undefined) return yield* moveItem(call, from, to);
    return yield* waitFor(call, { keys: [source], type: "list", timeoutMs, otherwise: nil });
  });

/** What LMPOP takes: from the first of these lists that is there, from that end, at most so many. */
interface Several {
  readonly keys: ReadonlyArray<Bytes>;
  readonly end: End;
  readonly most: number;
}

const severalArguments = (call: Call, at: number) =>
  Result.gen(function* () {
    const numkeys = position(yield* positiveArgument(argument(call, at), "NumkeysTooLow", 1n));
    const keys = call.args.slice(at + 1, at + 1 + numkeys);
    const [where, ...options] = call.args.slice(at + 1 + numkeys);
    if (where === undefined) return yield* fail("Syntax");
    const end = yield* endArgument(where);
    const [option, count = "1", ...more] = options;
    const isKnown = option === undefined || (options.length > 1 && word(option) === "count");
    if (!isKnown) return yield* fail("Syntax");
    const most = position(yield* positiveArgument(count, "CountTooLow", 1n));
    if (more.length > 0) return yield* fail("Syntax");
    return { keys, end, most } satisfies Several;
  });

const popFirst = (call: Call, keys: ReadonlyArray<Bytes>, { end, most }: Several) =>
  Result.gen(function* () {
    for (const key of keys) {
      const list = yield* listAt(call, key);
      if (list === undefined) continue;
      const [taken, left] = popped(list.items, end, most);
      return yield* become(hold(call, key, left), array([bulk(key), array(taken.map(bulk))]));
    }
    return undefined;
  });
