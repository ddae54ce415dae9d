/** LPOS: where an element stands in a list. */
import { Result } from "effect";
import { answer, argument } from "../call.ts";
import type { Call, Meaning } from "../command.ts";
import { type CommandError, fail } from "../errors.ts";
import { INT64_MIN, integerArgument, positiveArgument } from "../numbers.ts";
import { array, integer, nil } from "../reply.ts";
import { word } from "../text.ts";
import { listAt, position } from "./items.ts";

interface Options {
  /** Which match is the first one that counts, from the right when it is negative. */
  readonly rank: number;
  /** How many matches are wanted, 0 for all; nothing when the answer is a single place. */
  readonly count?: number;
  /** How many items are looked at, 0 for all. */
  readonly maxlen: number;
}

/** LPOS key element [RANK rank] [COUNT num-matches] [MAXLEN len] */
export const lpos: Meaning = (call) =>
  Result.gen(function* () {
    const { rank, count, maxlen } = yield* parseOptions(call);
    const { items = [] } = (yield* listAt(call, argument(call, 1))) ?? {};
    const places = [...items.keys()];
    const seen = (rank < 0 ? places.toReversed() : places).slice(0, maxlen || undefined);
    const matches = seen.filter((at) => items[at] === argument(call, 2)).slice(Math.abs(rank) - 1);
    if (count !== undefined)
      return yield* answer(call, array(matches.slice(0, count || undefined).map(integer)));
    return yield* answer(call, matches[0] === undefined ? nil : integer(matches[0]));
  });

const parseOptions = (call: Call): Result.Result<Options, CommandError> =>
  Result.gen(function* () {
    let options: Options = { rank: 1, maxlen: 0 };
    for (let i = 3; i < call.args.length; i += 2) {
      const option = word(argument(call, i));
      if (i + 1 === call.args.length) return yield* fail("Syntax");
      const value = argument(call, i + 1);
      if (option === "rank") {
        const rank = yield* integerArgument(value);
        // Redis 7.0.15 cannot negate the smallest integer, and takes any match for the one.
        options = { ...options, rank: rank === INT64_MIN ? -1 : position(rank) };
        if (options.rank === 0) return yield* fail("RankZero");
      } else if (option === "count") {
        options = { ...options, count: position(yield* positiveArgument(value, "CountNegative")) };
      } else if (option === "maxlen") {
        const maxlen = position(yield* positiveArgument(value, "MaxlenNegative"));
        options = { ...options, maxlen };
      } else {
        return yield* fail("Syntax");
      }
    }
    return options;
  });
