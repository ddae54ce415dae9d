/** What the server says about itself. */
import { Result } from "effect";
import { always, answer, argument } from "../call.ts";
import type { Meaning } from "../command.ts";
import { integerArgument } from "../numbers.ts";
import { type Reply, satisfies } from "../reply.ts";
import * as shapes from "../shapes.ts";
import { word } from "../text.ts";
import { REDIS_VERSION } from "../version.ts";

const CLOCKS_DIFFER_BY_MS = 10_000n;

/** TIME: seconds and microseconds, by the server's clock */
export const time: Meaning = (call) =>
  answer(
    call,
    satisfies(`about ${call.nowMs} milliseconds`, (reply) => {
      if (reply._tag !== "Array" || reply.items.length !== 2) return false;
      const [seconds, micros] = reply.items.map(textOfDigits);
      if (seconds === undefined || micros === undefined || micros > 999_999n) return false;
      const difference = seconds * 1000n + micros / 1000n - call.nowMs;
      return difference <= CLOCKS_DIFFER_BY_MS && difference >= -CLOCKS_DIFFER_BY_MS;
    }),
  );

const textOfDigits = (reply: Reply): bigint | undefined =>
  reply._tag === "Bulk" && /^[0-9]+$/.test(reply.bytes) ? BigInt(reply.bytes) : undefined;

/** LASTSAVE: a moment that is over */
export const lastsave: Meaning = (call) =>
  answer(
    call,
    satisfies("seconds since the epoch, not in the future", (reply) => {
      if (reply._tag !== "Integer" || reply.value < 0n) return false;
      return reply.value * 1000n <= call.nowMs + CLOCKS_DIFFER_BY_MS;
    }),
  );

/** LOLWUT [VERSION version] [argument ...]: a picture, signed */
export const lolwut: Meaning = (call) =>
  Result.gen(function* () {
    const picked = call.args.length >= 3 && word(argument(call, 1)) === "version";
    const version = picked ? BigInt.asUintN(32, yield* integerArgument(argument(call, 2))) : 7n;
    const taken = version === 5n ? 3 : version === 6n ? 2 : 0;
    const sizes = call.args.slice(picked ? 3 : 1).slice(0, taken);
    for (const size of sizes) yield* integerArgument(size);
    const signature = `Redis ver. ${REDIS_VERSION}\n`;
    return yield* answer(
      call,
      shapes.text("a signed picture", (text) => text.endsWith(signature)),
    );
  });

/** INFO [section ...]: a text of sections, headed `# Name`, with `field:value` lines */
export const info: Meaning = always(
  shapes.text("sections of fields", (text) =>
    text.split("\r\n").every((line) => line === "" || /^# \w+$|^[^:\s]+:/.test(line)),
  ),
);
