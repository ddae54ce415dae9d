/** The commands about when keys die. */
import { Result } from "effect";
import { answer, argument, become, drop, lookup, put } from "../call.ts";
import type { Call, Meaning } from "../command.ts";
import { type CommandError, fail } from "../errors.ts";
import { INT64_MAX, INT64_MIN, integerArgument } from "../numbers.ts";
import { type Bytes, integer, one, zero } from "../reply.ts";
import { word } from "../text.ts";

/** EXPIRE key seconds [NX | XX | GT | LT] */
export const expire: Meaning = (call) => setExpiry(call, 1000n, call.nowMs);

/** PEXPIRE key milliseconds [NX | XX | GT | LT] */
export const pexpire: Meaning = (call) => setExpiry(call, 1n, call.nowMs);

/** EXPIREAT key unix-time-seconds [NX | XX | GT | LT] */
export const expireat: Meaning = (call) => setExpiry(call, 1000n, 0n);

/** PEXPIREAT key unix-time-milliseconds [NX | XX | GT | LT] */
export const pexpireat: Meaning = (call) => setExpiry(call, 1n, 0n);

const setExpiry = (call: Call, unitMs: bigint, baseMs: bigint) =>
  Result.gen(function* () {
    const key = argument(call, 1);
    const conditions = yield* parseConditions(call.args.slice(3));
    const givenMs = (yield* integerArgument(argument(call, 2))) * unitMs;
    const expireAtMs = givenMs + baseMs;
    if (givenMs < INT64_MIN || expireAtMs > INT64_MAX)
      return yield* fail("InvalidExpireTime", call.command);
    const entry = lookup(call, key);
    if (entry === undefined || !allowed(conditions, entry.expireAtMs, expireAtMs))
      return yield* answer(call, zero);
    if (expireAtMs <= call.nowMs) return yield* become(drop(call, key), one);
    return yield* become(put(call, key, entry.value, expireAtMs), one);
  });

type Conditions = ReadonlySet<Bytes>;

const parseConditions = (args: ReadonlyArray<Bytes>): Result.Result<Conditions, CommandError> => {
  const conditions = new Set<Bytes>();
  for (const arg of args) {
    const option = word(arg);
    if (!["nx", "xx", "gt", "lt"].includes(option)) return fail("UnsupportedOption", arg);
    conditions.add(option);
  }
  if (conditions.has("nx") && conditions.size > 1) return fail("NxWithOthers");
  if (conditions.has("gt") && conditions.has("lt")) return fail("GtWithLt");
  return Result.succeed(conditions);
};

/** Whether a key that dies at `currentMs` (null: never) may die at `wantedMs` instead. */
const allowed = (conditions: Conditions, currentMs: bigint | null, wantedMs: bigint): boolean => {
  if (conditions.has("nx") && currentMs !== null) return false;
  if (conditions.has("xx") && currentMs === null) return false;
  if (conditions.has("gt") && (currentMs === null || wantedMs <= currentMs)) return false;
  return !(conditions.has("lt") && currentMs !== null && wantedMs >= currentMs);
};

/** TTL key */
export const ttl: Meaning = (call) => answerTime(call, (ms) => toSeconds(ms - call.nowMs));

/** PTTL key */
export const pttl: Meaning = (call) => answerTime(call, (ms) => ms - call.nowMs);

/** EXPIRETIME key */
export const expiretime: Meaning = (call) => answerTime(call, toSeconds);

/** PEXPIRETIME key */
export const pexpiretime: Meaning = (call) => answerTime(call, (ms) => ms);

/** Rounded to the nearest second. */
const toSeconds = (ms: bigint): bigint => (ms + 500n) / 1000n;

const answerTime = (call: Call, shown: (expireAtMs: bigint) => bigint) => {
  const entry = lookup(call, argument(call, 1));
  if (entry === undefined) return answer(call, integer(-2n));
  return answer(call, integer(entry.expireAtMs === null ? -1n : shown(entry.expireAtMs)));
};

/** PERSIST key */
export const persist: Meaning = (call) => {
  const key = argument(call, 1);
  const entry = lookup(call, key);
  if (entry === undefined || entry.expireAtMs === null) return answer(call, zero);
  return become(put(call, key, entry.value), one);
};
