/** SLOWLOG: the commands that took longest. */
import { Result } from "effect";
import { answer, misused } from "../call.ts";
import type { Meaning } from "../command.ts";
import { fail } from "../errors.ts";
import { integerArgument } from "../numbers.ts";
import type { Reply } from "../reply.ts";
import * as shapes from "../shapes.ts";

/** SLOWLOG GET [count] */
export const get: Meaning = (call) =>
  Result.gen(function* () {
    const [, , limit, ...more] = call.args;
    if (more.length > 0) return yield* misused(call);
    if (limit !== undefined) {
      const most = yield* integerArgument(limit, "SlowlogCount");
      if (most < -1n) return yield* fail("SlowlogCount");
    }
    const isEntry = (reply: Reply): boolean => reply._tag === "Array" && reply.items.length === 6;
    return yield* answer(call, shapes.list("slow commands", isEntry));
  });
