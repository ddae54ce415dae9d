/** The commands on tallies. */
import { Result } from "effect";
import { answer, argument, become, change, valueAt } from "../call.ts";
import type { Meaning } from "../command.ts";
import { integer } from "../reply.ts";

/** MARK key */
export const mark: Meaning = (call) =>
  Result.flatMap(valueAt(call, argument(call, 1), "tally"), (value) => {
    const marks = (value?.marks ?? 0) + 1;
    const state = change(call, argument(call, 1), { type: "tally", marks, encoding: "unary" });
    return become(state, integer(marks));
  });

/** MARKS key */
export const marks: Meaning = (call) =>
  Result.flatMap(valueAt(call, argument(call, 1), "tally"), (value) =>
    answer(call, integer(value?.marks ?? 0)),
  );
