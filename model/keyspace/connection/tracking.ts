/** CLIENT TRACKING and its kin: a session has its cache looked after. */
import { Result } from "effect";
import { answer, argument, become, session, update } from "../call.ts";
import type { Call, Meaning } from "../command.ts";
import { type CommandError, fail } from "../errors.ts";
import { integerArgument } from "../numbers.ts";
import { array, type Bytes, bulk, integer, map, set } from "../reply.ts";
import type { Caching, Change } from "../state.ts";
import { word } from "../text.ts";

const NOTHING: Caching = {
  broadcast: false,
  optIn: false,
  optOut: false,
  noLoop: false,
  redirection: 0,
  broken: false,
  said: false,
  prefixes: new Set(),
};

/** What CLIENT TRACKING asks for, with the prefixes as often as they were given. */
interface Wish {
  readonly caching: Caching;
  readonly prefixes: ReadonlyArray<Bytes>;
}

/** The options by name, of those that have no argument. */
const FLAGS: Readonly<Record<string, Partial<Caching>>> = {
  bcast: { broadcast: true },
  optin: { optIn: true },
  optout: { optOut: true },
  noloop: { noLoop: true },
};

const parseWish = (call: Call): Result.Result<Wish, CommandError> =>
  Result.gen(function* () {
    let caching = NOTHING;
    const prefixes: Bytes[] = [];
    for (let i = 3; i < call.args.length; i++) {
      const option = word(argument(call, i));
      const value = call.args[i + 1];
      if (option === "redirect" && value !== undefined) {
        if (caching.redirection !== 0) return yield* fail("RedirectedTwice");
        const id = yield* integerArgument(value);
        if (!call.state.sessions.has(Number(id))) return yield* fail("RedirectedToNobody");
        caching = { ...caching, redirection: Number(id) };
        i++;
      } else if (option === "prefix" && value !== undefined) {
        prefixes.push(value);
        i++;
      } else {
        const flags = Object.hasOwn(FLAGS, option) ? FLAGS[option] : undefined;
        if (flags === undefined) return yield* fail("Syntax");
        caching = { ...caching, ...flags };
      }
    }
    return { caching, prefixes };
  });

/** CLIENT TRACKING ON | OFF [REDIRECT id] [BCAST] [PREFIX prefix ...] [OPTIN] [OPTOUT] [NOLOOP] */
export const tracking: Meaning = (call) =>
  Result.gen(function* () {
    const wish = yield* parseWish(call);
    const mode = word(argument(call, 2));
    if (mode === "off") return yield* become(update(call, { caching: null }));
    if (mode !== "on") return yield* fail("Syntax");
    const { caching: before } = session(call);
    const { broadcast, optIn, optOut } = wish.caching;
    if (!broadcast && wish.prefixes.length > 0) return yield* fail("PrefixAlone");
    if (before !== null && before.broadcast !== broadcast) return yield* fail("BroadcastSwitched");
    if (broadcast && (optIn || optOut)) return yield* fail("BroadcastChoosing");
    if (optIn && optOut) return yield* fail("BothChoosing");
    if ((optIn && before?.optOut) || (optOut && before?.optIn))
      return yield* fail("ChoosingSwitched");
    const own = before?.prefixes ?? new Set();
    yield* withoutOverlap([...own].sort(), wish.prefixes);
    const given = broadcast && wish.prefixes.length === 0 ? [""] : wish.prefixes;
    const prefixes = new Set([...own, ...given]);
    const said = before?.said ?? false;
    const state = update(call, { caching: { ...wish.caching, said, prefixes } });
    return yield* become({ ...state, changes: call.state.changes.map(madeBefore(call, given)) });
  });

/** Nobody is told of what was changed before anybody asked for its prefix. */
const madeBefore =
  ({ state }: Call, prefixes: ReadonlyArray<Bytes>) =>
  (change: Change): Change => {
    const asked = [...state.sessions.values()].map(({ caching }) => caching?.prefixes);
    const fresh = prefixes.filter((prefix) => !asked.some((known) => known?.has(prefix)));
    return { ...change, newer: new Set([...change.newer, ...fresh]) };
  };

/** No key may have two of a session's prefixes. */
const withoutOverlap = (
  existing: ReadonlyArray<Bytes>,
  given: ReadonlyArray<Bytes>,
): Result.Result<null, CommandError> =>
  Result.gen(function* () {
    for (const [i, prefix] of given.entries()) {
      for (const other of existing)
        if (overlap(prefix, other)) return yield* fail("PrefixExists", prefix, other);
      for (const other of given.slice(i + 1))
        if (overlap(prefix, other)) return yield* fail("PrefixTwice", prefix, other);
    }
    return null;
  });

const overlap = (a: Bytes, b: Bytes): boolean => a.startsWith(b) || b.startsWith(a);

/** CLIENT CACHING YES | NO */
export const caching: Meaning = (call) => {
  const { caching: before } = session(call);
  if (before === null) return fail("CachingAlone");
  const mode = word(argument(call, 2));
  if (mode !== "yes" && mode !== "no") return fail("Syntax");
  if (mode === "yes" && !before.optIn) return fail("CachingYes");
  if (mode === "no" && !before.optOut) return fail("CachingNo");
  return become(update(call, { caching: { ...before, said: true } }));
};

/** CLIENT GETREDIR */
export const getredir: Meaning = (call) =>
  answer(call, integer(session(call).caching?.redirection ?? -1));

/** CLIENT TRACKINGINFO */
export const trackinginfo: Meaning = (call) => {
  const { caching: own } = session(call);
  const prefixes = [...(own?.prefixes ?? [])].sort();
  return answer(
    call,
    map([
      [bulk("flags"), set(flagsOf(own).map(bulk))],
      [bulk("redirect"), integer(own?.redirection ?? -1)],
      [bulk("prefixes"), array(prefixes.map(bulk))],
    ]),
  );
};

const flagsOf = (own: Caching | null): ReadonlyArray<Bytes> => {
  if (own === null) return ["off"];
  const shown: ReadonlyArray<readonly [boolean, Bytes]> = [
    [true, "on"],
    [own.broadcast, "bcast"],
    [own.optIn, "optin"],
    [own.optIn && own.said, "caching-yes"],
    [own.optOut, "optout"],
    [own.optOut && own.said, "caching-no"],
    [own.noLoop, "noloop"],
    [own.broken, "broken_redirect"],
  ];
  return shown.filter(([isShown]) => isShown).map(([, flag]) => flag);
};
