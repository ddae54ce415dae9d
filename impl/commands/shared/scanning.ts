/** What SCAN, HSCAN, SSCAN and ZSCAN have in common: cursors, options, patterns. */
import { matchGlob } from "../../resp/glob.ts";
import type { Call } from "../../session/call.ts";
import type { Argument } from "../../session/command-declaration.ts";
import { ERR } from "../../session/errors.ts";
import { behind, integer, optional } from "./arguments.ts";
import { integerArgument } from "./numbers.ts";

/** `MATCH pattern` and `COUNT count`. */
export const MATCH_AND_COUNT: readonly Argument[] = [
  optional(behind("MATCH", { name: "pattern", type: "pattern" })),
  optional(behind("COUNT", integer("count"))),
];

/** A step visits at most this many buckets for each element that was asked for. */
export const BUCKETS_PER_ELEMENT = 10;

const STAR = 42;
const DEFAULT_COUNT = 10;
const CURSOR_MAX = 2n ** 64n - 1n;

/** What a step is asked for. */
export interface ScanOptions {
  count: number;
  /** Argument of the pattern; 0 without one. */
  pattern: number;
  /** Type name in lower case; null without one. */
  type: string | null;
}

/** @returns null, with the error replied, when argument `i` is no cursor */
export function cursorArgument(call: Call, i: number): number | null {
  const cursor = parseCursor(call.request.text(i));
  if (cursor === null) call.reply.error("ERR invalid cursor");
  return cursor;
}

/** Reads what C's `strtoul` reads: an unsigned 64-bit integer, which a minus sign negates. */
function parseCursor(text: string): number | null {
  if (text === "") return 0;
  const parts = /^([+-]?)(\d+)$/.exec(text);
  if (parts === null) return null;
  const magnitude = BigInt(parts[2]!);
  if (magnitude > CURSOR_MAX) return null;
  return Number(BigInt.asUintN(32, parts[1] === "-" ? -magnitude : magnitude));
}

/**
 * The options from argument `from` on.
 *
 * @param knowsTypes `TYPE name` is one of them
 * @returns null, with the error replied, when they are invalid
 */
export function scanOptions(call: Call, from: number, knowsTypes: boolean): ScanOptions | null {
  const { request, reply } = call;
  const options: ScanOptions = { count: DEFAULT_COUNT, pattern: 0, type: null };
  for (let i = from; i < request.argc; i += 2) {
    const hasValue = i + 1 < request.argc;
    if (hasValue && request.is(i, "count")) {
      const count = integerArgument(call, i + 1);
      if (count === null) return null;
      if (count < 1) {
        reply.error(ERR.syntax);
        return null;
      }
      options.count = Number(count);
    } else if (hasValue && request.is(i, "match")) {
      options.pattern = isMatchAll(call, i + 1) ? 0 : i + 1;
    } else if (knowsTypes && hasValue && request.is(i, "type")) {
      options.type = request.cText(i + 1).toLowerCase();
    } else {
      reply.error(ERR.syntax);
      return null;
    }
  }
  return options;
}

/** True when argument `i` is the pattern `*`. */
function isMatchAll(call: Call, i: number): boolean {
  const request = call.request;
  return request.lengths[i] === 1 && request.bytes[request.offsets[i]!] === STAR;
}

/** True when `bytes[offset..offset + length)` matches the pattern that argument `i` is. */
export function matchesArgument(
  call: Call,
  i: number,
  bytes: Uint8Array,
  offset: number,
  length: number,
): boolean {
  if (isMatchAll(call, i)) return true;
  const { request } = call;
  return matchGlob(request.bytes, request.offsets[i]!, request.lengths[i]!, bytes, offset, length);
}

/** A collection that is listed step by step: the view of a hash, a set or a sorted set. */
export interface Scannable {
  /** What the last `scan` has found, for `at`. */
  readonly places: number[];
  /** Finds some elements from a cursor on. Returns the cursor to go on from, 0 at the end. */
  scan(cursor: number, count: number, buckets: number): number;
  /** Reads the element at a place. */
  at(place: number): void;
}

/** How a command lists a collection. */
export interface Scanning<View extends Scannable> {
  /** Opens the collection of the first key; null, having replied, when there is none. */
  readonly read: (call: Call, replyAbsent: (call: Call) => void) => View | null;
  /** True when the element that was read matches the pattern that argument `i` is. */
  readonly matches: (call: Call, view: View, i: number) => boolean;
  /** Replies the element that was read, in so many parts. */
  readonly reply: (call: Call, view: View) => void;
  readonly parts: 1 | 2;
}

/** Serves a command of the form `key cursor [MATCH pattern] [COUNT count]`. */
export function scanStep<View extends Scannable>(call: Call, scanning: Scanning<View>): void {
  const start = cursorArgument(call, 2);
  if (start === null) return;
  const view = scanning.read(call, replyEnd);
  if (view === null) return;
  const options = scanOptions(call, 3, false);
  if (options === null) return;
  const { count, pattern } = options;
  const cursor = view.scan(start, count, count * BUCKETS_PER_ELEMENT);
  const places = view.places.filter((place) => {
    if (pattern === 0) return true;
    view.at(place);
    return scanning.matches(call, view, pattern);
  });
  // A large COUNT must not stay on the heap.
  view.places.length = 0;
  const { reply } = call;
  reply.array(2);
  reply.bulkText(String(cursor));
  reply.array(places.length * scanning.parts);
  for (const place of places) {
    view.at(place);
    scanning.reply(call, view);
  }
}

/** What is said of an absent key: that there is nothing more. */
function replyEnd(call: Call): void {
  call.reply.array(2);
  call.reply.bulkText("0");
  call.reply.array(0);
}
