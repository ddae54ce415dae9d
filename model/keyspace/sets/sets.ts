/** The commands on one set, as https://redis.io/docs/latest/commands/?group=set describes them. */
import { Result } from "effect";
import { answer, argument, become, change, drop, lookup, valueAt } from "../call.ts";
import type { Call, Meaning, Outcome } from "../command.ts";
import type { CommandError } from "../errors.ts";
import { array, type Bytes, bulk, integer, one, set, unorderedSet, zero } from "../reply.ts";
import type { State } from "../state.ts";
import { inOrder, type Members, type SetValue, setOf } from "./value.ts";

const NO_MEMBERS: Members = new Set();

/** What that key holds, which must be a set. */
export const setAt = (call: Call, key: Bytes) => valueAt(call, key, "set");

/** The members under that key; none where there is no such key. */
export const membersAt = (call: Call, key: Bytes): Result.Result<Members, CommandError> =>
  Result.map(setAt(call, key), (value) => value?.members ?? NO_MEMBERS);

/** That key's set has these members now; without any the key is gone. */
export const keep = (call: Call, key: Bytes, before: SetValue, members: Members): State =>
  members.size === 0
    ? drop(call, key)
    : change(call, key, setOf(members, before.encoding === "hashtable"));

/** SADD key member [member ...] */
export const sadd: Meaning = (call) =>
  Result.gen(function* () {
    const key = argument(call, 1);
    const before = yield* setAt(call, key);
    const members = new Set(before?.members);
    const sizeBefore = members.size;
    for (const member of call.args.slice(2)) members.add(member);
    if (members.size === sizeBefore) return yield* answer(call, zero);
    const after = setOf(members, before?.encoding === "hashtable");
    return yield* become(change(call, key, after), integer(members.size - sizeBefore));
  });

/** SREM key member [member ...] */
export const srem: Meaning = (call) =>
  Result.gen(function* () {
    const key = argument(call, 1);
    const before = yield* setAt(call, key);
    const members = new Set(before?.members);
    for (const member of call.args.slice(2)) members.delete(member);
    const removed = (before?.members.size ?? 0) - members.size;
    if (before === undefined || removed === 0) return yield* answer(call, zero);
    return yield* become(keep(call, key, before, members), integer(removed));
  });

/** SISMEMBER key member */
export const sismember: Meaning = (call) =>
  Result.flatMap(membersAt(call, argument(call, 1)), (members) =>
    answer(call, members.has(argument(call, 2)) ? one : zero),
  );

/** SMISMEMBER key member [member ...] */
export const smismember: Meaning = (call) =>
  Result.flatMap(membersAt(call, argument(call, 1)), (members) =>
    answer(call, array(call.args.slice(2).map((member) => (members.has(member) ? one : zero)))),
  );

/** SCARD key */
export const scard: Meaning = (call) =>
  Result.flatMap(membersAt(call, argument(call, 1)), (members) =>
    answer(call, integer(members.size)),
  );

/** SMEMBERS key: in ascending order where the set is one of few integers */
export const smembers: Meaning = (call) =>
  Result.flatMap(setAt(call, argument(call, 1)), (value): Result.Result<Outcome, CommandError> => {
    if (value === undefined) return answer(call, set([]));
    const items = inOrder(value).map(bulk);
    return answer(call, value.encoding === "intset" ? set(items) : unorderedSet(items));
  });

/** SMOVE source destination member */
export const smove: Meaning = (call) =>
  Result.gen(function* () {
    const source = argument(call, 1);
    const destination = argument(call, 2);
    const member = argument(call, 3);
    if (lookup(call, source) === undefined) return yield* answer(call, zero);
    const taken = yield* setAt(call, source);
    const target = yield* setAt(call, destination);
    const isThere = taken?.members.has(member) === true;
    if (taken === undefined || source === destination || !isThere)
      return yield* answer(call, isThere ? one : zero);
    const left = new Set(taken.members);
    left.delete(member);
    const state = keep(call, source, taken, left);
    if (target?.members.has(member)) return yield* become(state, one);
    const grown = setOf(
      new Set([...(target?.members ?? []), member]),
      target?.encoding === "hashtable",
    );
    return yield* become(change({ ...call, state }, destination, grown), one);
  });
