/** SCAN: the keys of a database, in portions. */
import { Result } from "effect";
import { answer, argument, session } from "../call.ts";
import type { Call, Meaning } from "../command.ts";
import { matches } from "../glob.ts";
import { type Elements, type Filter, parseCursor, parseFilter, portion } from "../scanning.ts";
import { databaseOf } from "../state.ts";

/** SCAN cursor [MATCH pattern] [COUNT count] [TYPE type] */
export const scan: Meaning = (call) =>
  Result.gen(function* () {
    const cursor = yield* parseCursor(argument(call, 1));
    const filter = yield* parseFilter(call, 2, true);
    return yield* answer(call, portion(matchingKeys(call, filter), cursor === 0n));
  });

const matchingKeys = (call: Call, { pattern, type }: Filter): Elements =>
  new Map(
    [...databaseOf(call.state, session(call).database)]
      .filter(([key, { value }]) => matches(pattern, key) && (type ?? value.type) === value.type)
      .map(([key]) => [key, [key]]),
  );
