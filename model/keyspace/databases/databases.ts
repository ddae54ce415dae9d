/** The databases as wholes. */
import { Result } from "effect";
import { answer, argument, become, databaseArgument, existing, session, update } from "../call.ts";
import type { Call, Meaning } from "../command.ts";
import { fail } from "../errors.ts";
import { intArgument } from "../numbers.ts";
import { integer, satisfies } from "../reply.ts";
import { databaseOf, flush, type State, swap } from "../state.ts";
import { word } from "../text.ts";

/** SWAPDB index1 index2 */
export const swapdb: Meaning = (call) =>
  Result.gen(function* () {
    const first = yield* intArgument(argument(call, 1), "InvalidFirstDatabase");
    const second = yield* intArgument(argument(call, 2), "InvalidSecondDatabase");
    yield* existing(call.state, first);
    yield* existing(call.state, second);
    return yield* become(swap(call.state, first, second));
  });

/** SELECT index */
export const select: Meaning = (call) =>
  Result.flatMap(databaseArgument(call, argument(call, 1)), (database) =>
    become(update(call, { database })),
  );

/** DBSIZE: Redis may still count keys that have expired */
export const dbsize: Meaning = (call) => {
  const { database } = session(call);
  const live = BigInt(databaseOf(call.state, database).size);
  const most = live + BigInt(call.state.lingering[database]?.size ?? 0);
  if (live === most) return answer(call, integer(live));
  const name = `an integer from ${live} to ${most}`;
  return answer(
    call,
    satisfies(
      name,
      (reply) => reply._tag === "Integer" && reply.value >= live && reply.value <= most,
    ),
  );
};

/** FLUSHDB [ASYNC | SYNC] */
export const flushdb: Meaning = (call) =>
  flushing(call, (state) => flush(state, session(call).database));

/** FLUSHALL [ASYNC | SYNC] */
export const flushall: Meaning = (call) =>
  flushing(call, (state) =>
    state.databases.reduce((before, _, index) => flush(before, index), state),
  );

const flushing = (call: Call, flushed: (state: State) => State) => {
  const [, mode, ...more] = call.args;
  const known = mode === undefined || ["async", "sync"].includes(word(mode));
  return known && more.length === 0 ? become(flushed(call.state)) : fail("Syntax");
};
