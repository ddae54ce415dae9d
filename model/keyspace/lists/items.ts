/** What the list commands are written with. */
import type { Result } from "effect";
import { change, drop, lookup, valueAt } from "../call.ts";
import type { Call } from "../command.ts";
import type { CommandError } from "../errors.ts";
import type { Bytes } from "../reply.ts";
import type { State } from "../state.ts";
import type { ListValue } from "./value.ts";

/** The items of a list from left to right. */
export type Items = ReadonlyArray<Bytes>;

/** An end of a list. */
export type End = "left" | "right";

/** The list of that key, which must be one if it is anything. */
export const listAt = (
  call: Call,
  key: Bytes,
): Result.Result<ListValue | undefined, CommandError> => valueAt(call, key, "list");

/** The key holds these items from now on; without any, it is gone. */
export const hold = (call: Call, key: Bytes, items: Items): State => {
  if (items.length > 0) return change(call, key, { type: "list", items, encoding: "quicklist" });
  return lookup(call, key) === undefined ? call.state : drop(call, key);
};

/** Items put in at an end, one after the other. */
export const pushed = (items: Items, end: End, more: Items): Items =>
  end === "left" ? [...more.toReversed(), ...items] : [...items, ...more];

/** The items that popping takes from an end, in that order, and those that stay. */
export const popped = (items: Items, end: End, count: number): readonly [Items, Items] =>
  end === "left"
    ? [items.slice(0, count), items.slice(count)]
    : [items.toReversed().slice(0, count), items.slice(0, Math.max(0, items.length - count))];

/** An index of 64 bits as a number; beyond every list's end all indexes are alike. */
export const position = (index: bigint): number => {
  const far = 2n ** 40n;
  return Number(index > far ? far : index < -far ? -far : index);
};

/** The part from `start` to `stop`, both included; negative ones count from the end. */
export const between = (items: Items, start: bigint, stop: bigint): Items => {
  const counted = (index: bigint): number =>
    position(index) < 0 ? Math.max(0, items.length + position(index)) : position(index);
  const isBefore = stop < 0n && items.length + position(stop) < 0;
  return isBefore ? [] : items.slice(counted(start), counted(stop) + 1);
};
