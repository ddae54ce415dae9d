/** WAIT: replicas acknowledge what has been written. */
import { Result } from "effect";
import { answer, argument } from "../call.ts";
import type { Meaning } from "../command.ts";
import { integerArgument, timeoutArgument } from "../numbers.ts";
import { zero } from "../reply.ts";

/** WAIT numreplicas timeout: there are no replicas, so it waits in vain, for ever if it may */
export const wait: Meaning = (call) =>
  Result.gen(function* () {
    const replicas = yield* integerArgument(argument(call, 1));
    const timeoutMs = yield* timeoutArgument(argument(call, 2), call.nowMs);
    const waitsForever = replicas > 0n && timeoutMs === 0n && !call.insideExec;
    return yield* answer(call, waitsForever ? null : zero);
  });
