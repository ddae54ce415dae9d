/** The options of SORT. */

import { Result } from "effect";
import { mayReadAnyKey } from "../acl/judge.ts";
import { argument } from "../call.ts";
import type { Call } from "../command.ts";
import { type CommandError, fail } from "../errors.ts";
import { integerArgument } from "../numbers.ts";
import type { Bytes } from "../reply.ts";
import { word } from "../text.ts";
import { isVariable } from "./pattern.ts";

/** What is sorted how, and what is shown of it. */
export interface SortOptions {
  /** By the bytes instead of by number. */
  readonly isAlpha: boolean;
  readonly isDescending: boolean;
  /** A constant pattern has been given: nothing is sorted. */
  readonly isUnsorted: boolean;
  /** Sort by what this stands for; without it, by the elements themselves. */
  readonly by: Bytes | undefined;
  readonly offset: bigint;
  /** Negative: all of them. */
  readonly count: bigint;
  /** What is shown of each element; without any, itself. */
  readonly gets: ReadonlyArray<Bytes>;
  readonly destination: Bytes | undefined;
}

const DEFAULTS: SortOptions = {
  isAlpha: false,
  isDescending: false,
  isUnsorted: false,
  by: undefined,
  offset: 0n,
  count: -1n,
  gets: [],
  destination: undefined,
};

/** The options from the second argument on. */
export const sortOptions = (
  call: Call,
  mayStore: boolean,
): Result.Result<SortOptions, CommandError> =>
  Result.gen(function* () {
    let options = DEFAULTS;
    const readsAll = mayReadAnyKey(call);
    for (let i = 2; i < call.args.length; i += 1) {
      const option = word(argument(call, i));
      const more = call.args.length - i - 1;
      if (option === "asc") options = { ...options, isDescending: false };
      else if (option === "desc") options = { ...options, isDescending: true };
      else if (option === "alpha") options = { ...options, isAlpha: true };
      else if (option === "limit" && more >= 2) {
        const offset = yield* integerArgument(argument(call, i + 1));
        const count = yield* integerArgument(argument(call, i + 2));
        options = { ...options, offset, count };
        i += 2;
      } else if (option === "by" && more >= 1) {
        const by = argument(call, ++i);
        if (isVariable(by) && !readsAll) return yield* fail("SortDenied", "BY");
        options = { ...options, by, isUnsorted: options.isUnsorted || !isVariable(by) };
      } else if (option === "get" && more >= 1) {
        if (!readsAll) return yield* fail("SortDenied", "GET");
        options = { ...options, gets: [...options.gets, argument(call, ++i)] };
      } else if (mayStore && option === "store" && more >= 1)
        options = { ...options, destination: argument(call, ++i) };
      else return yield* fail("Syntax");
    }
    return options;
  });
