/** Intersections, unions and differences of sets. */
import { Result } from "effect";
import { answer, argument, become, drop, lookup, put } from "../call.ts";
import type { Call, Meaning } from "../command.ts";
import { type CommandError, fail } from "../errors.ts";
import { positiveArgument } from "../numbers.ts";
import { type Bytes, bulk, integer, unorderedSet, zero } from "../reply.ts";
import { word } from "../text.ts";
import { membersAt } from "./sets.ts";
import { type Members, needsTable, setOf } from "./value.ts";

type Combine = (first: Members, others: ReadonlyArray<Members>) => Members;

const intersection: Combine = (first, others) =>
  new Set([...first].filter((member) => others.every((other) => other.has(member))));

const union: Combine = (first, others) =>
  new Set([...first, ...others.flatMap((other) => [...other])]);

const difference: Combine = (first, others) =>
  new Set([...first].filter((member) => !others.some((other) => other.has(member))));

/** The members of all those sets. */
const allAt = (
  call: Call,
  keys: ReadonlyArray<Bytes>,
): Result.Result<readonly [first: Members, ...others: ReadonlyArray<Members>], CommandError> =>
  Result.gen(function* () {
    const [key = "", ...more] = keys;
    const first = yield* membersAt(call, key);
    const others: Array<Members> = [];
    for (const other of more) others.push(yield* membersAt(call, other));
    return [first, ...others] as const;
  });

const shown =
  (combine: Combine): Meaning =>
  (call) =>
    Result.flatMap(allAt(call, call.args.slice(1)), ([first, ...others]) =>
      answer(call, unorderedSet([...combine(first, others)].map(bulk))),
    );

type WasTable = (first: Members, others: ReadonlyArray<Members>) => boolean;

const stored =
  (combine: Combine, wasTable: WasTable = () => false): Meaning =>
  (call) =>
    Result.gen(function* () {
      const destination = argument(call, 1);
      const [first, ...others] = yield* allAt(call, call.args.slice(2));
      const members = combine(first, others);
      if (members.size > 0) {
        const value = setOf(members, wasTable(first, others));
        return yield* become(put(call, destination, value), integer(members.size));
      }
      if (lookup(call, destination) === undefined) return yield* answer(call, zero);
      return yield* become(drop(call, destination), zero);
    });

/**
 * Where the first set is large beside the others, Redis takes what is in the others out of a copy
 * of it, which has become a table if it had to be one.
 */
const isThinned: WasTable = (first, others) => {
  const sets = [first, ...others].filter((members) => members.size > 0);
  const probes = Math.floor((first.size * sets.length) / 2);
  const removals = sets.reduce((sum, members) => sum + members.size, 0);
  return probes > removals && needsTable(first);
};

/** SINTER key [key ...] */
export const sinter = shown(intersection);
/** SUNION key [key ...] */
export const sunion = shown(union);
/** SDIFF key [key ...] */
export const sdiff = shown(difference);
/** SINTERSTORE destination key [key ...] */
export const sinterstore = stored(intersection);
/** SUNIONSTORE destination key [key ...] */
export const sunionstore = stored(union);
/** SDIFFSTORE destination key [key ...] */
export const sdiffstore = stored(difference, isThinned);

/** SINTERCARD numkeys key [key ...] [LIMIT limit]: a limit of 0 is none */
export const sintercard: Meaning = (call) =>
  Result.gen(function* () {
    const count = yield* positiveArgument(argument(call, 1), "NumkeysTooLow", 1n);
    if (count > BigInt(call.args.length - 2)) return yield* fail("TooManyKeys");
    const end = 2 + Number(count);
    let limit = 0n;
    for (let i = end; i < call.args.length; i += 2) {
      const value = call.args[i + 1];
      if (word(argument(call, i)) !== "limit" || value === undefined) return yield* fail("Syntax");
      limit = yield* positiveArgument(value, "LimitNegative");
    }
    const [first, ...others] = yield* allAt(call, call.args.slice(2, end));
    const size = BigInt(intersection(first, others).size);
    return yield* answer(call, integer(limit > 0n && limit < size ? limit : size));
  });
