/** HRANDFIELD: fields drawn by chance. */
import { Result } from "effect";
import { answer, argument } from "../call.ts";
import type { Meaning } from "../command.ts";
import { fail } from "../errors.ts";
import { INT64_MAX, rangeArgument } from "../numbers.ts";
import { array, type Bytes, bulk, nil, oneOf, type Reply, satisfies } from "../reply.ts";
import { textOf } from "../shapes.ts";
import { word } from "../text.ts";
import { hashAt } from "./hashes.ts";
import type { Fields } from "./value.ts";

/** HRANDFIELD key [count [WITHVALUES]]: a negative count may draw a field more than once */
export const hrandfield: Meaning = (call) =>
  Result.gen(function* () {
    const [, , given, option, ...more] = call.args;
    const count = given === undefined ? undefined : yield* rangeArgument(given);
    if (option !== undefined && (word(option) !== "withvalues" || more.length > 0))
      return yield* fail("Syntax");
    const most = INT64_MAX / 2n;
    if (option !== undefined && ((count ?? 0n) < -most || (count ?? 0n) > most))
      return yield* fail("OutOfRange");
    const fields: Fields = (yield* hashAt(call, argument(call, 1)))?.fields ?? new Map();
    if (count === undefined) {
      const anyField = fields.size === 0 ? nil : oneOf([...fields.keys()].map(bulk));
      return yield* answer(call, anyField);
    }
    if (count === 0n || fields.size === 0) return yield* answer(call, array([]));
    return yield* answer(call, drawn(fields, count, option !== undefined));
  });

const drawn = (fields: Fields, count: bigint, withValues: boolean): Reply => {
  const size = BigInt(fields.size);
  const wanted = count < 0n ? -count : count < size ? count : size;
  const kind = count < 0n ? "fields" : "different fields";
  return satisfies(`${wanted} ${kind} of ${JSON.stringify([...fields])}`, (reply) => {
    if (reply._tag !== "Array") return false;
    const pairs = pairsIn(reply.items, withValues);
    const names = pairs.map(([name]) => name);
    const isKnown = pairs.every(([name, value]) => {
      const known = fields.get(name);
      return known !== undefined && (!withValues || known === value);
    });
    const isDistinct = count < 0n || new Set(names).size === names.length;
    return isKnown && isDistinct && BigInt(pairs.length) === wanted;
  });
};

/** Names, or names and values: flat in RESP2, each pair an array in RESP3. */
const pairsIn = (
  items: ReadonlyArray<Reply>,
  withValues: boolean,
): ReadonlyArray<readonly [name: Bytes, value?: Bytes]> => {
  if (!withValues) return items.map((item) => [textOf(item) ?? ""]);
  const flat = items.flatMap((item) => (item._tag === "Array" ? item.items : [item]));
  const pairs: Array<readonly [Bytes, Bytes]> = [];
  for (let i = 0; i < flat.length; i += 2)
    pairs.push([textOf(flat[i] as Reply) ?? "", textOf(flat[i + 1] ?? nil) ?? ""]);
  return pairs;
};
