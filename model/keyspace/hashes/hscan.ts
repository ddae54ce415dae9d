/** HSCAN: the fields of a hash, in portions. */
import { Result } from "effect";
import { answer, argument } from "../call.ts";
import type { Meaning } from "../command.ts";
import { matches } from "../glob.ts";
import { array, bulk } from "../reply.ts";
import { parseCursor, parseFilter, portion } from "../scanning.ts";
import { hashAt } from "./hashes.ts";

/** HSCAN key cursor [MATCH pattern] [COUNT count] */
export const hscan: Meaning = (call) =>
  Result.gen(function* () {
    const cursor = yield* parseCursor(argument(call, 2));
    const hash = yield* hashAt(call, argument(call, 1));
    if (hash === undefined) return yield* answer(call, array([bulk("0"), array([])]));
    const { pattern } = yield* parseFilter(call, 3, false);
    const wanted = [...hash.fields].filter(([field]) => matches(pattern, field));
    const elements = new Map(wanted.map((pair) => [pair[0], pair]));
    // A small hash comes at once, whatever the cursor.
    const isFirst = cursor === 0n || hash.encoding === "listpack";
    return yield* answer(call, portion(elements, isFirst));
  });
