/** SPOP and SRANDMEMBER: members drawn by chance. */
import { Result } from "effect";
import { answer, argument, become, change, drop } from "../call.ts";
import type { Meaning } from "../command.ts";
import { fail } from "../errors.ts";
import { positiveArgument, rangeArgument } from "../numbers.ts";
import { array, type Bytes, bulk, nil, oneOf, type Reply, satisfies, set } from "../reply.ts";
import { textOf } from "../shapes.ts";
import { keep, setAt } from "./sets.ts";
import { inOrder, type Members, type SetValue, setOf } from "./value.ts";

/** So few members are left, beside those that go, that Redis makes a new set of them. */
const FEW_LEFT = 5;

/**
 * SPOP key [count]
 *
 * Which members go is the input `answered` of the step. Without it, or when it names none that
 * could go, the first ones do.
 */
export const spop: Meaning = (call) =>
  Result.gen(function* () {
    const [, key = "", given, ...more] = call.args;
    if (more.length > 0) return yield* fail("Syntax");
    const count = given === undefined ? undefined : yield* positiveArgument(given);
    const before = yield* setAt(call, key);
    if (before === undefined) return yield* answer(call, count === undefined ? nil : set([]));
    if (count === 0n) return yield* answer(call, set([]));
    const wanted = least(count ?? 1n, before.members.size);
    const gone = drawnIn(call.answered, before, wanted);
    const left = new Set([...before.members].filter((member) => !gone.includes(member)));
    if (count === undefined) {
      const reply = oneOf(gone.map(bulk));
      return yield* become(keep(call, key, before, left), reply);
    }
    const reply = popped(before, wanted, new Set(gone));
    if (left.size === 0) return yield* become(drop(call, key), reply);
    const isNew = left.size * FEW_LEFT <= wanted;
    const after = setOf(left, !isNew && before.encoding === "hashtable");
    return yield* become(change(call, key, after), reply);
  });

const least = (count: bigint, size: number): number =>
  count < BigInt(size) ? Number(count) : size;

/** The members of the reply, if they may be what was drawn; else the first ones. */
const drawnIn = (
  reply: Reply | undefined,
  value: SetValue,
  count: number,
): ReadonlyArray<Bytes> => {
  const named = textsOf(reply);
  const isPossible =
    named.length === count &&
    new Set(named).size === count &&
    named.every((member) => value.members.has(member));
  return isPossible ? named : inOrder(value).slice(0, count);
};

const textsOf = (reply: Reply | undefined): ReadonlyArray<Bytes> => {
  if (reply === undefined) return [];
  const items = reply._tag === "Array" || reply._tag === "Set" ? reply.items : [reply];
  return items.flatMap((item) => textOf(item) ?? []);
};

/** A set of exactly those, in any order. */
const popped = (value: SetValue, count: number, gone: Members): Reply =>
  satisfies(`${count} of ${JSON.stringify([...value.members])}`, (reply) => {
    const members = new Set(textsOf(reply));
    return isSetOf(reply, count) && [...gone].every((member) => members.has(member));
  });

/** SRANDMEMBER key [count]: a negative count may draw a member more than once */
export const srandmember: Meaning = (call) =>
  Result.gen(function* () {
    const [, , given, ...more] = call.args;
    if (more.length > 0) return yield* fail("Syntax");
    const count = given === undefined ? undefined : yield* rangeArgument(given);
    const value = yield* setAt(call, argument(call, 1));
    if (count === undefined) {
      const anyMember = value === undefined ? nil : oneOf([...value.members].map(bulk));
      return yield* answer(call, anyMember);
    }
    if (value === undefined || count === 0n) return yield* answer(call, array([]));
    return yield* answer(call, drawn(value.members, count));
  });

const drawn = (members: Members, count: bigint): Reply => {
  const wanted = count < 0n ? Number(-count) : least(count, members.size);
  const kind = count < 0n ? "members" : "different members";
  return satisfies(`${wanted} ${kind} of ${JSON.stringify([...members])}`, (reply) => {
    const named = textsOf(reply);
    const isDistinct = count < 0n || new Set(named).size === named.length;
    const isKnown = named.every((member) => members.has(member));
    return reply._tag === "Array" && named.length === wanted && isKnown && isDistinct;
  });
};

/** A set in RESP3 is an array in RESP2. */
const isSetOf = (reply: Reply, count: number): boolean =>
  (reply._tag === "Array" || reply._tag === "Set") && reply.items.length === count;
