/** SCAN: the keys of a database, in portions. */
import { Result } from "effect";
import { answer, argument, session } from "../call.ts";
import type { Call, Meaning } from "../command.ts";
import { type CommandError, fail } from "../errors.ts";
import { matches } from "../glob.ts";
import { integerArgument } from "../numbers.ts";
import { type Bytes, type Reply, satisfies } from "../reply.ts";
import { databaseOf } from "../state.ts";
import { cString, word } from "../text.ts";

interface Filter {
  readonly pattern: Bytes;
  readonly type: Bytes | undefined;
}

/**
 * SCAN cursor [MATCH pattern] [COUNT count] [TYPE type]
 *
 * Cursors are opaque. What can be said of one portion: it holds keys that exist and match, and a
 * portion that is the first and the last holds all of them.
 */
export const scan: Meaning = (call) =>
  Result.gen(function* () {
    const cursor = yield* parseCursor(argument(call, 1));
    const filter = yield* parseFilter(call);
    const wanted = matchingKeys(call, filter);
    const name = `a cursor and keys among ${JSON.stringify([...wanted])}`;
    return yield* answer(
      call,
      satisfies(name, (reply) => isPortion(reply, wanted, cursor === 0n)),
    );
  });

/** A cursor as C's strtoul reads it: a sign is allowed, 64 bits are the limit. */
const parseCursor = (bytes: Bytes): Result.Result<bigint, CommandError> => {
  const text = cString(bytes);
  if (text === "") return Result.succeed(0n);
  const parts = /^[+-]?([0-9]+)$/.exec(text);
  const value = BigInt(parts?.[1] ?? -1);
  return value < 0n || value >= 2n ** 64n ? fail("InvalidCursor") : Result.succeed(value);
};

const parseFilter = (call: Call): Result.Result<Filter, CommandError> =>
  Result.gen(function* () {
    let filter: Filter = { pattern: "*", type: undefined };
    for (let i = 2; i < call.args.length; i += 2) {
      const option = word(argument(call, i));
      if (i + 1 === call.args.length) return yield* fail("Syntax");
      const value = argument(call, i + 1);
      if (option === "count") {
        if ((yield* integerArgument(value)) < 1n) return yield* fail("Syntax");
      } else if (option === "match") {
        filter = { ...filter, pattern: value };
      } else if (option === "type") {
        filter = { ...filter, type: word(value) };
      } else {
        return yield* fail("Syntax");
      }
    }
    return filter;
  });

const matchingKeys = (call: Call, { pattern, type }: Filter): ReadonlySet<Bytes> => {
  const found = new Set<Bytes>();
  for (const [key, { value }] of databaseOf(call.state, session(call).database))
    if (matches(pattern, key) && (type ?? value.type) === value.type) found.add(key);
  return found;
};

const isPortion = (reply: Reply, wanted: ReadonlySet<Bytes>, isFirst: boolean): boolean => {
  if (reply._tag !== "Array" || reply.items.length !== 2) return false;
  const [cursor, portion] = reply.items;
  if (cursor?._tag !== "Bulk" || !/^(?:0|[1-9][0-9]*)$/.test(cursor.bytes)) return false;
  if (portion?._tag !== "Array") return false;
  const found = new Set<Bytes>();
  for (const item of portion.items) {
    if (item._tag !== "Bulk" || !wanted.has(item.bytes)) return false;
    found.add(item.bytes);
  }
  const isWhole = isFirst && cursor.bytes === "0";
  return !isWhole || found.size === wanted.size;
};
