/** The options that XADD and XTRIM share. */
import { Result } from "effect";
import { argument } from "../call.ts";
import type { Call } from "../command.ts";
import { type CommandError, fail } from "../errors.ts";
import { integerArgument } from "../numbers.ts";
import { cString, word } from "../text.ts";
import { idArgument, openIdArgument, type WrittenId } from "./ids.ts";
import type { Trimming } from "./nodes.ts";

/** What the options say. */
export interface AddOptions {
  /** Nothing for `*`. */
  readonly id: WrittenId | undefined;
  /** A key that does not exist is not made. */
  readonly noMake: boolean;
  readonly trimming: Trimming | undefined;
  /** Where the id stands; behind the end when there is none. */
  readonly idAt: number;
}

const MOST_LIMIT = 1_000_000n;
const LIMIT_WITHOUT_NODES = 10_000n;

/** How many entries an approximate trimming takes when it does not say. */
const usualLimit = (call: Call): bigint => {
  const limit = 100n * call.state.config.streamNodeMaxEntries;
  if (limit <= 0n) return LIMIT_WITHOUT_NODES;
  return limit > MOST_LIMIT ? MOST_LIMIT : limit;
};

interface Threshold {
  readonly approximate: boolean;
  readonly to: Trimming["to"];
  /** Where the next option stands. */
  readonly next: number;
}

const threshold = (
  call: Call,
  at: number,
  option: "maxlen" | "minid",
): Result.Result<Threshold, CommandError> =>
  Result.gen(function* () {
    const hasMark = at + 2 < call.args.length;
    const mark = hasMark ? cString(argument(call, at + 1)) : "";
    const valueAt = mark === "~" || mark === "=" ? at + 2 : at + 1;
    const value = argument(call, valueAt);
    const approximate = mark === "~";
    if (option === "minid")
      return { approximate, to: { id: yield* idArgument(value) }, next: valueAt + 1 };
    const length = yield* integerArgument(value);
    if (length < 0n) return yield* fail("MaxlenNegativeForTrim");
    return { approximate, to: { length }, next: valueAt + 1 };
  });

/** Reads the options of XADD, which end with the id, or of XTRIM, which end with the command. */
export const parseAddOptions = (
  call: Call,
  isAdd: boolean,
): Result.Result<AddOptions, CommandError> =>
  Result.gen(function* () {
    let id: WrittenId | undefined;
    let noMake = false;
    let found: Threshold | undefined;
    let limit: bigint | undefined;
    let at = 2;
    while (at < call.args.length) {
      const text = argument(call, at);
      const option = word(text);
      const hasMore = at + 1 < call.args.length;
      if (isAdd && cString(text) === "*") break;
      if ((option === "maxlen" || option === "minid") && hasMore) {
        if (found !== undefined) return yield* fail("TwoTrimmings");
        found = yield* threshold(call, at, option);
        at = found.next;
      } else if (option === "limit" && hasMore) {
        limit = yield* integerArgument(argument(call, at + 1));
        if (limit < 0n) return yield* fail("TrimLimitNegative");
        at += 2;
      } else if (isAdd && option === "nomkstream") {
        noMake = true;
        at += 1;
      } else if (isAdd) {
        id = yield* openIdArgument(text);
        break;
      } else {
        return yield* fail("Syntax");
      }
    }
    if (limit && found === undefined) return yield* fail("LimitWithoutTrimming");
    if (!isAdd && found === undefined) return yield* fail("NoTrimming");
    const isApproximate = found?.approximate ?? false;
    if (!call.isReplay && limit !== undefined && !isApproximate) return yield* fail("LimitOfExact");
    const most = isApproximate && !call.isReplay ? (limit ?? usualLimit(call)) : 0n;
    const trimming = found && { to: found.to, approximate: found.approximate, limit: most };
    return { id, noMake, trimming, idAt: at };
  });
