/** The commands about keys, whatever they hold. */
import { Result } from "effect";
import { answer, argument, become, databaseArgument, drop, lookup, session } from "../call.ts";
import type { Call, Meaning } from "../command.ts";
import { fail } from "../errors.ts";
import { matches } from "../glob.ts";
import {
  type Bytes,
  bulk,
  integer,
  nil,
  ok,
  one,
  oneOf,
  simple,
  unordered,
  zero,
} from "../reply.ts";
import { databaseOf, type Entry, remove, store, storeAnew } from "../state.ts";
import { word } from "../text.ts";

/** DEL key [key ...]; UNLINK frees the memory elsewhere and means the same */
export const del: Meaning = (call) => {
  let state = call.state;
  let deleted = 0;
  for (const key of call.args.slice(1)) {
    if (lookup({ ...call, state }, key) === undefined) continue;
    state = drop({ ...call, state }, key);
    deleted += 1;
  }
  return become(state, integer(deleted));
};

/** EXISTS key [key ...]; TOUCH answers the same: a key named twice counts twice */
export const exists: Meaning = (call) =>
  answer(call, integer(call.args.slice(1).filter((key) => lookup(call, key) !== undefined).length));

/** TYPE key */
export const type: Meaning = (call) =>
  answer(call, simple(lookup(call, argument(call, 1))?.value.type ?? "none"));

/** RENAME key newkey */
export const rename: Meaning = (call) => renameTo(call, () => true, ok, ok);

/** RENAMENX key newkey */
export const renamenx: Meaning = (call) =>
  renameTo(call, (target) => target === undefined, one, zero);

const renameTo = (
  call: Call,
  mayReplace: (target: Entry | undefined) => boolean,
  done: typeof ok,
  unchanged: typeof ok,
) => {
  const from = argument(call, 1);
  const to = argument(call, 2);
  const entry = lookup(call, from);
  if (entry === undefined) return fail("NoSuchKey");
  if (from === to || !mayReplace(lookup(call, to))) return answer(call, unchanged);
  const { database } = session(call);
  return become(storeAnew(drop(call, from), database, to, entry), done);
};

/** COPY source destination [DB index] [REPLACE] */
export const copy: Meaning = (call) =>
  Result.gen(function* () {
    const from = argument(call, 1);
    const to = argument(call, 2);
    const { database } = session(call);
    const options = yield* parseCopyOptions(call, database);
    if (options.target === database && from === to) return yield* fail("SameObject");
    const entry = lookup(call, from);
    const taken = databaseOf(call.state, options.target).has(to);
    if (entry === undefined || (taken && !options.replace)) return yield* answer(call, zero);
    return yield* become(storeAnew(call.state, options.target, to, entry), one);
  });

const parseCopyOptions = (call: Call, database: number) =>
  Result.gen(function* () {
    let options = { target: database, replace: false };
    for (let i = 3; i < call.args.length; i += 1) {
      const option = word(argument(call, i));
      if (option === "replace") {
        options = { ...options, replace: true };
      } else if (option === "db" && i + 1 < call.args.length) {
        i += 1;
        options = { ...options, target: yield* databaseArgument(call, argument(call, i)) };
      } else {
        return yield* fail("Syntax");
      }
    }
    return options;
  });

/** MOVE key db */
export const move: Meaning = (call) =>
  Result.gen(function* () {
    const key = argument(call, 1);
    const target = yield* databaseArgument(call, argument(call, 2));
    const { database } = session(call);
    if (target === database) return yield* fail("SameObject");
    const entry = lookup(call, key);
    const taken = databaseOf(call.state, target).has(key);
    if (entry === undefined || taken) return yield* answer(call, zero);
    return yield* become(store(remove(call.state, database, key), target, key, entry), one);
  });

/** KEYS pattern */
export const keys: Meaning = (call) => {
  const pattern = argument(call, 1);
  const matching = namesIn(call).filter((key) => matches(pattern, key));
  return answer(call, unordered(matching.map(bulk)));
};

const namesIn = (call: Call): ReadonlyArray<Bytes> => [
  ...databaseOf(call.state, session(call).database).keys(),
];

/**
 * RANDOMKEY. During CLIENT PAUSE keys that have expired stay, and where there are no others one of
 * them may be the answer (Redis 7.0 looks for another until the pause ends).
 */
export const randomkey: Meaning = (call) => {
  const names = namesIn(call);
  if (names.length > 0) return answer(call, oneOf(names.map(bulk)));
  const expired = [...(call.state.lingering[session(call).database] ?? [])];
  return answer(call, expired.length === 0 ? nil : oneOf([nil, ...expired.map(bulk)]));
};
