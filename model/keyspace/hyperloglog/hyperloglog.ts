/** The HyperLogLog commands, as https://redis.io/docs/latest/commands/?group=hyperloglog describes them. */
import { Result } from "effect";
import { answer, argument, become, change, changeUnseen, valueAt } from "../call.ts";
import type { Call, Meaning } from "../command.ts";
import { type CommandError, commandError, fail } from "../errors.ts";
import {
  array,
  type Bytes,
  beyondRedis,
  bulk,
  error,
  integer,
  ok,
  one,
  type Reply,
  simple,
  zero,
} from "../reply.ts";
import type { State } from "../state.ts";
import { raw } from "../strings/value.ts";
import { word } from "../text.ts";
import { estimate } from "./estimate.ts";
import { placeOf, REGISTERS } from "./hash.ts";
import type { Run } from "./sparse.ts";
import {
  empty,
  forgetEstimate,
  type HyperLogLog,
  keepEstimate,
  keptEstimate,
  parse,
  print,
  registersOf,
  toDense,
  withRegister,
} from "./value.ts";

/** The HyperLogLog at that key; nothing when there is no such key. */
const hllAt = (call: Call, key: Bytes): Result.Result<HyperLogLog | undefined, CommandError> =>
  Result.flatMap(valueAt(call, key, "string"), (value) => {
    const hll = value && parse(value.bytes);
    return value && !hll ? fail("NotHyperLogLog") : Result.succeed(hll);
  });

/** Whoever looks into a HyperLogLog alone leaves it as a string that may be changed in place. */
const opened = (call: Call, key: Bytes, hll: HyperLogLog): State =>
  changeUnseen(call, key, raw(print(hll)));

const corrupt: Reply = error(commandError("CorruptHyperLogLog").text);

/** PFADD key [element ...]: what was added before the HyperLogLog turned out to be corrupt stays. */
export const pfadd: Meaning = (call) =>
  Result.gen(function* () {
    const [, key = "", ...elements] = call.args;
    const before = yield* hllAt(call, key);
    let hll = before ?? empty;
    for (const element of elements) {
      const { index, rank } = placeOf(element);
      const next = withRegister(hll, index, rank);
      if (typeof next === "string") {
        const reply = next === "corrupt" ? corrupt : beyondRedis;
        return yield* become(opened(call, key, hll), reply);
      }
      hll = next;
    }
    if (hll === before) return yield* become(opened(call, key, hll), zero);
    return yield* become(change(call, key, raw(print(forgetEstimate(hll)))), one);
  });

/** PFCOUNT key [key ...]: of a single key the estimate is kept, which is a change. */
export const pfcount: Meaning = (call) =>
  Result.gen(function* () {
    const [, key = "", ...others] = call.args;
    if (others.length > 0) {
      const union = yield* unionOf(call, [key, ...others]);
      return yield* answer(call, integer(estimate(union.registers)));
    }
    const hll = yield* hllAt(call, key);
    if (hll === undefined) return yield* answer(call, zero);
    const kept = keptEstimate(hll);
    if (kept !== undefined) return yield* become(opened(call, key, hll), integer(kept));
    const registers = registersOf(hll);
    if (registers === undefined) return yield* become(opened(call, key, hll), corrupt);
    const made = estimate(registers);
    const state = change(call, key, raw(print(keepEstimate(hll, made))));
    return yield* become(state, integer(made));
  });

interface Union {
  readonly registers: ReadonlyArray<number>;
  readonly isDense: boolean;
}

/** The largest value of each register, and whether one of the HyperLogLogs is dense. */
const unionOf = (call: Call, keys: ReadonlyArray<Bytes>): Result.Result<Union, CommandError> =>
  Result.gen(function* () {
    let union = Array.from({ length: REGISTERS }, () => 0);
    let isDense = false;
    for (const key of keys) {
      const hll = yield* hllAt(call, key);
      if (hll === undefined) continue;
      const registers = registersOf(hll);
      if (registers === undefined) return yield* fail("CorruptHyperLogLog");
      isDense ||= hll.registers.form === "dense";
      union = union.map((value, i) => Math.max(value, registers[i] ?? 0));
    }
    return { registers: union, isDense };
  });

/** PFMERGE destination [source ...] */
export const pfmerge: Meaning = (call) =>
  Result.gen(function* () {
    const [, key = "", ...sources] = call.args;
    const { registers, isDense } = yield* unionOf(call, [key, ...sources]);
    let hll = (yield* hllAt(call, key)) ?? empty;
    if (isDense) hll = toDense(hll) ?? hll;
    registers.forEach((value, index) => {
      const next = value > 0 ? withRegister(hll, index, value) : hll;
      if (typeof next !== "string") hll = next;
    });
    return yield* become(change(call, key, raw(print(forgetEstimate(hll)))));
  });

/** PFDEBUG GETREG | DECODE | ENCODING | TODENSE key: nobody is told that the form has changed. */
export const pfdebug: Meaning = (call) =>
  Result.gen(function* () {
    const key = argument(call, 2);
    const hll = yield* hllAt(call, key);
    if (hll === undefined) return yield* fail("PfdebugNoKey");
    const { registers } = hll;
    const answers = (reply: Reply) => become(opened(call, key, hll), reply);
    const dense = toDense(hll);
    switch (word(argument(call, 1))) {
      case "getreg":
        if (dense === undefined) return yield* answers(corrupt);
        return yield* become(
          opened(call, key, dense),
          array((registersOf(dense) ?? []).map((value) => integer(value))),
        );
      case "decode":
        if (registers.form === "dense")
          return yield* answers(error(commandError("PfdebugNotSparse").text));
        return yield* answers(bulk(shown(registers.runs)));
      case "encoding":
        return yield* answers(simple(registers.form));
      case "todense":
        if (dense === undefined) return yield* answers(corrupt);
        if (registers.form === "dense") return yield* answers(zero);
        return yield* become(opened(call, key, dense), one);
      default:
        return yield* answers(error(commandError("PfdebugSubcommand", argument(call, 1)).text));
    }
  });

const shown = (runs: ReadonlyArray<Run>): Bytes =>
  runs
    .map(({ kind, value, length }) => {
      if (kind === "value") return `v:${value},${length}`;
      return `${kind === "long zeros" ? "Z" : "z"}:${length}`;
    })
    .join(" ");

/** PFSELFTEST */
export const pfselftest: Meaning = (call) => answer(call, ok);
