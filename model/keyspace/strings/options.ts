/** The options of SET and GETEX. */
import { Result } from "effect";
import type { Call } from "../command.ts";
import { type CommandError, fail } from "../errors.ts";
import { INT64_MAX, integerArgument } from "../numbers.ts";
import type { Bytes } from "../reply.ts";
import { word } from "../text.ts";

/** The options that give a time. */
export type TimeOption = "ex" | "px" | "exat" | "pxat";

/** What the options of SET or GETEX ask for. */
export interface StringOptions {
  readonly condition?: "nx" | "xx";
  readonly get?: true;
  /** KEEPTTL, PERSIST or a time: they exclude one another. */
  readonly ttl?: "keepttl" | "persist" | TimeOption;
  /** The time option and its argument. */
  readonly time?: readonly [TimeOption, Bytes];
}

const isTimeOption = (option: Bytes): option is TimeOption =>
  option === "ex" || option === "px" || option === "exat" || option === "pxat";

/** Reads the options after a command's fixed arguments. Repeating one is allowed. */
export const parseStringOptions = (
  args: ReadonlyArray<Bytes>,
  command: "set" | "getex",
): Result.Result<StringOptions, CommandError> => {
  let options: StringOptions = {};
  for (let i = 0; i < args.length; i += 1) {
    const option = word(args[i] as Bytes);
    const ttlIsFree = options.ttl === undefined || options.ttl === option;
    if (command === "set" && (option === "nx" || option === "xx")) {
      if ((options.condition ?? option) !== option) return fail("Syntax");
      options = { ...options, condition: option };
    } else if (command === "set" && option === "get") {
      options = { ...options, get: true };
    } else if (option === (command === "set" ? "keepttl" : "persist") && ttlIsFree) {
      options = { ...options, ttl: option };
    } else if (isTimeOption(option) && ttlIsFree && i + 1 < args.length) {
      i += 1;
      options = { ...options, ttl: option, time: [option, args[i] as Bytes] };
    } else {
      return fail("Syntax");
    }
  }
  return Result.succeed(options);
};

/** When a key with that time option dies, in milliseconds since the Unix epoch. */
export const expireTimeMs = (
  call: Call,
  [option, time]: readonly [TimeOption, Bytes],
): Result.Result<bigint, CommandError> =>
  Result.gen(function* () {
    const given = yield* integerArgument(time);
    const inSeconds = option === "ex" || option === "exat";
    const ms = inSeconds ? given * 1000n : given;
    const expireAtMs = option === "ex" || option === "px" ? ms + call.nowMs : ms;
    if (given <= 0n || ms > INT64_MAX || expireAtMs > INT64_MAX)
      return yield* fail("InvalidExpireTime", call.command);
    return expireAtMs;
  });
