/** The bitmap commands, as https://redis.io/docs/latest/commands/?group=bitmap describes them. */
import { Result } from "effect";
import { answer, argument, become, change, changeUnseen, drop, lookup, put } from "../call.ts";
import type { Meaning } from "../command.ts";
import { fail } from "../errors.ts";
import { integerArgument } from "../numbers.ts";
import { type Bytes, integer, one, zero } from "../reply.ts";
import { raw } from "../strings/value.ts";
import { word } from "../text.ts";
import {
  bitOffset,
  bitRange,
  bytesAt,
  type GivenRange,
  isInBits,
  rangeArguments,
} from "./arguments.ts";
import { bitsAt, toBits, withBits } from "./bits.ts";

/** SETBIT key offset value: nobody is told of a bit that was so already. */
export const setbit: Meaning = (call) =>
  Result.gen(function* () {
    const key = argument(call, 1);
    const offset = yield* bitOffset(call, argument(call, 2));
    const bit = argument(call, 3);
    if (bit !== "0" && bit !== "1") return yield* fail("BitValue");
    const before = yield* bytesAt(call, key);
    const old = bitsAt(before ?? "", offset, 1);
    const after = withBits(before ?? "", offset, bit);
    const isSame = after === before;
    const state = (isSame ? changeUnseen : change)(call, key, raw(after));
    return yield* become(state, old === "1" ? one : zero);
  });

/** GETBIT key offset */
export const getbit: Meaning = (call) =>
  Result.gen(function* () {
    const offset = yield* bitOffset(call, argument(call, 2));
    const bytes = (yield* bytesAt(call, argument(call, 1))) ?? "";
    return yield* answer(call, bitsAt(bytes, offset, 1) === "1" ? one : zero);
  });

/** BITCOUNT key [start end [BYTE | BIT]]: nothing is asked of a key that is absent. */
export const bitcount: Meaning = (call) =>
  Result.gen(function* () {
    const bytes = yield* bytesAt(call, argument(call, 1));
    if (bytes === undefined) return yield* answer(call, zero);
    const [, , start, end, unit, ...more] = call.args;
    const all = toBits(bytes);
    if (start === undefined) return yield* answer(call, ones(all));
    if (end === undefined || more.length > 0) return yield* fail("Syntax");
    const given = yield* rangeArguments(start, end);
    if (given.start < 0n && given.end < 0n && given.start > given.end)
      return yield* answer(call, zero);
    const { from, to } = bitRange(given, yield* isInBits(unit), bytes.length);
    return yield* answer(call, ones(all.slice(from, to)));
  });

const ones = (bits: string) => integer(bits.replaceAll("0", "").length);

const WHOLE: GivenRange = { start: 0n, end: -1n };

/**
 * BITPOS key bit [start [end [BYTE | BIT]]]
 *
 * Without an end, a string of ones has a zero behind its last byte.
 */
export const bitpos: Meaning = (call) =>
  Result.gen(function* () {
    const bit = yield* integerArgument(argument(call, 2));
    if (bit !== 0n && bit !== 1n) return yield* fail("BitArgument");
    const bytes = yield* bytesAt(call, argument(call, 1));
    if (bytes === undefined) return yield* answer(call, integer(-bit));
    const [, , , start, end, unit, ...more] = call.args;
    if (more.length > 0) return yield* fail("Syntax");
    const first = start === undefined ? WHOLE.start : yield* integerArgument(start);
    const inBits = yield* isInBits(unit);
    const last = end === undefined ? WHOLE.end : yield* integerArgument(end);
    const { from, to } = bitRange({ start: first, end: last }, inBits, bytes.length);
    const found = toBits(bytes).slice(from, to).indexOf(`${bit}`);
    if (found >= 0) return yield* answer(call, integer(from + found));
    const isBehind = bit === 0n && end === undefined && from < to;
    return yield* answer(call, integer(isBehind ? to : -1));
  });

const OPERATIONS: Readonly<Record<string, (a: number, b: number) => number>> = {
  and: (a, b) => a & b,
  or: (a, b) => a | b,
  xor: (a, b) => a ^ b,
  not: (a) => ~a & 0xff,
};

/** BITOP AND | OR | XOR | NOT destination key [key ...]: a shorter string ends in zeros. */
export const bitop: Meaning = (call) =>
  Result.gen(function* () {
    const name = word(argument(call, 1));
    const operation = Object.hasOwn(OPERATIONS, name) ? OPERATIONS[name] : undefined;
    if (operation === undefined) return yield* fail("Syntax");
    const [, , , ...sources] = call.args;
    if (name === "not" && sources.length !== 1) return yield* fail("BitopNot");
    const operands: Array<Bytes> = [];
    for (const key of sources) operands.push((yield* bytesAt(call, key)) ?? "");
    const length = Math.max(...operands.map((bytes) => bytes.length));
    const [first = "", ...rest] = operands;
    const result = Array.from({ length }, (_, at) =>
      (name === "not" ? [0] : rest.map((bytes) => byteAt(bytes, at))).reduce(
        operation,
        byteAt(first, at),
      ),
    );
    const destination = argument(call, 2);
    if (length > 0) {
      const value = raw(String.fromCharCode(...result));
      return yield* become(put(call, destination, value), integer(length));
    }
    const exists = lookup(call, destination) !== undefined;
    return yield* become(exists ? drop(call, destination) : call.state, zero);
  });

const byteAt = (bytes: Bytes, at: number): number => (at < bytes.length ? bytes.charCodeAt(at) : 0);
