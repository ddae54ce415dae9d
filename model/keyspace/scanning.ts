/** What SCAN and its kin have in common: cursors, filters, portions. */
import { Result } from "effect";
import { argument } from "./call.ts";
import type { Call } from "./command.ts";
import { type CommandError, fail } from "./errors.ts";
import { integerArgument } from "./numbers.ts";
import { type Bytes, type Reply, satisfies } from "./reply.ts";
import { cString, word } from "./text.ts";

/** Which elements are wanted. */
export interface Filter {
  readonly pattern: Bytes;
  readonly type: Bytes | undefined;
}

/** A cursor as C's strtoul reads it: a sign is allowed, 64 bits are the limit. */
export const parseCursor = (bytes: Bytes): Result.Result<bigint, CommandError> => {
  const text = cString(bytes);
  if (text === "") return Result.succeed(0n);
  const parts = /^[+-]?([0-9]+)$/.exec(text);
  const value = BigInt(parts?.[1] ?? -1);
  return value < 0n || value >= 2n ** 64n ? fail("InvalidCursor") : Result.succeed(value);
};

/** The options from that position on; only SCAN knows types. */
export const parseFilter = (
  call: Call,
  start: number,
  knowsTypes: boolean,
): Result.Result<Filter, CommandError> =>
  Result.gen(function* () {
    let filter: Filter = { pattern: "*", type: undefined };
    for (let i = start; i < call.args.length; i += 2) {
      const option = word(argument(call, i));
      if (i + 1 === call.args.length) return yield* fail("Syntax");
      const value = argument(call, i + 1);
      if (option === "count") {
        if ((yield* integerArgument(value)) < 1n) return yield* fail("Syntax");
      } else if (option === "match") {
        filter = { ...filter, pattern: value };
      } else if (option === "type" && knowsTypes) {
        filter = { ...filter, type: word(value) };
      } else {
        return yield* fail("Syntax");
      }
    }
    return filter;
  });

/** The elements of a collection by name, each with all that is told of it. */
export type Elements = ReadonlyMap<Bytes, ReadonlyArray<Bytes>>;

/**
 * A cursor and some of the elements. Cursors are opaque. What can be said of one portion: it holds
 * elements that are wanted, and a portion that is the first and the last holds all of them.
 */
export const portion = (wanted: Elements, isFirst: boolean): Reply =>
  satisfies(`a cursor and some of ${JSON.stringify([...wanted.values()])}`, (reply) =>
    isPortion(reply, wanted, isFirst),
  );

const isPortion = (reply: Reply, wanted: Elements, isFirst: boolean): boolean => {
  if (reply._tag !== "Array" || reply.items.length !== 2) return false;
  const [cursor, list] = reply.items;
  if (cursor?._tag !== "Bulk" || !/^(?:0|[1-9][0-9]*)$/.test(cursor.bytes)) return false;
  if (list?._tag !== "Array") return false;
  const found = new Set<Bytes>();
  const told = list.items.map((item) => (item._tag === "Bulk" ? item.bytes : ""));
  for (let at = 0; at < told.length; ) {
    const name = told[at] ?? "";
    const parts = wanted.get(name);
    if (!parts?.every((part, i) => part === told[at + i])) return false;
    found.add(name);
    at += parts.length;
  }
  return !(isFirst && cursor.bytes === "0") || found.size === wanted.size;
};
