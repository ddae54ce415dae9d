/** SSCAN: the members of a set, in portions. */
import { Result } from "effect";
import { answer, argument } from "../call.ts";
import type { Meaning } from "../command.ts";
import { matches } from "../glob.ts";
import { array, bulk } from "../reply.ts";
import { parseCursor, parseFilter, portion } from "../scanning.ts";
import { setAt } from "./sets.ts";

/** SSCAN key cursor [MATCH pattern] [COUNT count] */
export const sscan: Meaning = (call) =>
  Result.gen(function* () {
    const cursor = yield* parseCursor(argument(call, 2));
    const value = yield* setAt(call, argument(call, 1));
    if (value === undefined) return yield* answer(call, array([bulk("0"), array([])]));
    const { pattern } = yield* parseFilter(call, 3, false);
    const wanted = [...value.members].filter((member) => matches(pattern, member));
    const elements = new Map(wanted.map((member) => [member, [member]]));
    // An intset comes at once, whatever the cursor.
    const isFirst = cursor === 0n || value.encoding === "intset";
    return yield* answer(call, portion(elements, isFirst));
  });
