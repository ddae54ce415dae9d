/** MEMORY: what the keys and the server take. */
import { Result } from "effect";
import { always, answer, argument, lookup, session } from "../call.ts";
import type { Meaning } from "../command.ts";
import { fail } from "../errors.ts";
import { integerArgument } from "../numbers.ts";
import { nil, oneOf } from "../reply.ts";
import * as shapes from "../shapes.ts";
import { word } from "../text.ts";

/** MEMORY USAGE key [SAMPLES count] */
export const usage: Meaning = (call) =>
  Result.gen(function* () {
    for (let i = 3; i < call.args.length; i += 2) {
      const isOption = word(argument(call, i)) === "samples" && i + 1 < call.args.length;
      if (!isOption) return yield* fail("Syntax");
      if ((yield* integerArgument(argument(call, i + 1))) < 0n) return yield* fail("Syntax");
    }
    const key = argument(call, 2);
    if (lookup(call, key) !== undefined) return yield* answer(call, shapes.count);
    const lingers = call.state.lingering[session(call).database]?.has(key) ?? false;
    return yield* answer(call, lingers ? oneOf([nil, shapes.count]) : nil);
  });

/** MEMORY STATS */
export const stats: Meaning = always(
  shapes.table("measurements", (value) => {
    if (value._tag === "Integer" || value._tag === "Double" || value._tag === "Bulk") return true;
    return shapes.pairsOf(value) !== undefined;
  }),
);
