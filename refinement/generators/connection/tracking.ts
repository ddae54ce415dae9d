/**
 * Client-side caching.
 *
 * When a key expires, whoever has it in a cache is told as soon as the server comes across it, which
 * nobody can foresee. So what is cached here are keys of their own, which no other command names and
 * which never expire; and whoever asks for more than keys with their prefix asks for it only as long
 * as its scenario lasts. Nothing there ends a wait, so that the same clients take its steps throughout;
 * and who leaves says so, since it may be another one than the step's, which waits.
 */

import fc from "fast-check";
import {
  type Cast,
  command,
  either,
  option,
  type Scenario,
  sequence,
  someOf,
  tagged,
  words,
} from "../grammar.ts";
import { arity, NOT_INTEGER, SYNTAX } from "../replies.ts";
import { type Arg, call, type Invocation, type Step, step } from "../step.ts";
import { pick } from "../values.ts";

const PREFIX = "cached:";
const cachedKey = fc.constantFrom(`${PREFIX}a`, `${PREFIX}b`, `${PREFIX}c`);
const prefix = fc.constantFrom(PREFIX, `${PREFIX}a`, `${PREFIX}b`, "nobody:", "\x00\x01");
const client: fc.Arbitrary<Arg> = fc.nat({ max: 2 }).map((one) => ({ client: one }));
const clientId: fc.Arbitrary<Arg> = pick<Arg>(
  [6, client],
  [2, fc.constantFrom("0", "-1", "999999999", "abc", "")],
);
const onOff = fc.constantFrom("on", "ON");

const CACHING_ALONE =
  "-ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled";
const CACHING_YES = "-ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode.";
const CACHING_NO = "-ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.";
const BROADCAST_SWITCHED =
  "-ERR You can't switch BCAST mode on/off before disabling tracking for this client, and then re-enabling it with a different mode.";

/** What is drawn by itself. */
export const trackingCommands = [
  command(
    "CLIENT|TRACKING",
    either(
      sequence(words(onOff), option("OPTIN"), someOf([option("NOLOOP")], 1)),
      sequence(
        words(onOff),
        option("BCAST"),
        option("PREFIX", prefix),
        someOf([option("NOLOOP")], 1),
      ),
      sequence(words(onOff), option("BCAST"), option("PREFIX", prefix), option("PREFIX", prefix)),
      sequence(
        words(onOff),
        option("BCAST"),
        option("PREFIX", prefix),
        option("REDIRECT", clientId),
      ),
      sequence(words(onOff), option("OPTIN"), option("REDIRECT", clientId)),
      sequence(
        words(onOff),
        option("OPTIN"),
        option("REDIRECT", client),
        option("REDIRECT", clientId),
      ),
      words("off"),
      tagged("(wrong)", "on", "OPTIN", "OPTOUT"),
      tagged("(wrong)", "on", "BCAST", fc.constantFrom("OPTIN", "OPTOUT")),
      tagged("(wrong)", "on", "OPTIN", "PREFIX", prefix),
      tagged("(wrong)", fc.constantFrom("maybe", ""), fc.constantFrom("OPTIN", "BCAST")),
      tagged("(wrong)", "on", "OPTIN", fc.constantFrom("PREFIX", "REDIRECT", "x")),
      tagged("(few)"),
    ),
    {
      weight: 14,
      arity: false,
      options: ["OPTIN", "BCAST", "NOLOOP", "PREFIX", "REDIRECT"],
      replies: [
        ...["+OK", SYNTAX, NOT_INTEGER, arity("client|tracking")],
        "-ERR A client can only redirect to a single other client",
        "-ERR The client ID you want redirect to does not exist",
        "-ERR PREFIX option requires BCAST mode to be enabled",
        "-ERR OPTIN and OPTOUT are not compatible with BCAST",
        "-ERR You can't specify both OPTIN mode and OPTOUT mode",
        BROADCAST_SWITCHED,
        "-ERR Prefix … overlaps with an existing prefix …",
        "-ERR Prefix … overlaps with another provided prefix …",
      ],
    },
  ),
  command("CLIENT|CACHING", words(fc.constantFrom("no", "NO", "maybe", "")), {
    weight: 6,
    replies: ["+OK", SYNTAX, CACHING_ALONE, CACHING_YES, CACHING_NO, arity("client|caching")],
  }),
  command("CLIENT|GETREDIR", words(), {
    weight: 6,
    replies: [":-1", ":0", ":n", arity("client|getredir")],
  }),
  command("CLIENT|TRACKINGINFO", words(), {
    weight: 8,
    replies: ["*n", "%", arity("client|trackinginfo")],
  }),
  command("SET", words(cachedKey, fc.constantFrom("1", "2")), {
    weight: 3,
    replies: ["(invalidate)", "(tracking-redir-broken)", "(message)"],
  }),
  command("MGET", sequence(words(cachedKey), words(cachedKey)), { weight: 1, replies: ["*n"] }),
  command("DEL", sequence(words(cachedKey), words(cachedKey)), {
    weight: 1,
    replies: ["(invalidate)"],
  }),
];

const some = <T>(one: fc.Arbitrary<T>, minLength: number, maxLength: number) =>
  fc.array(one, { minLength, maxLength });

const reading: fc.Arbitrary<Invocation> = fc.oneof(
  cachedKey.map((key) => call("GET", key)),
  cachedKey.map((key) => call("STRLEN", key)),
  fc.tuple(cachedKey, cachedKey).map((keys) => call("MGET", ...keys)),
  cachedKey.map((key) => call("TYPE", key)),
);

const changing: fc.Arbitrary<Invocation> = fc.oneof(
  cachedKey.map((key) => call("SET", key, "1")),
  cachedKey.map((key) => call("DEL", key)),
  cachedKey.map((key) => call("APPEND", key, "x")),
  fc.tuple(cachedKey, cachedKey).map(([a, b]) => call("MSET", a, "1", b, "2")),
  fc.tuple(cachedKey, cachedKey).map(([a, b]) => call("RENAME", a, b)),
  fc.constantFrom(call("FLUSHDB"), call("FLUSHALL"), call("SELECT", "1")),
);

/** A session has a cache, reads, and others or it itself change what it has read; then all is as before. */
function cached({ actor }: Cast): fc.Arbitrary<ReadonlyArray<Step>> {
  const mode = fc.constantFrom<ReadonlyArray<Arg>>(
    ...[[], [], ["NOLOOP"], ["OPTOUT"], ["OPTIN"], ["OPTIN", "NOLOOP"]],
    ...[
      ["BCAST", "PREFIX", PREFIX],
      ["BCAST", "PREFIX", PREFIX, "NOLOOP"],
    ],
  );
  const said = fc.constantFrom<ReadonlyArray<Invocation>>(
    ...[[], [call("CLIENT|CACHING", "yes")], [call("CLIENT|CACHING", "no")]],
    [call("CLIENT|CACHING", "yes"), call("CLIENT|TRACKINGINFO")],
  );
  const transacted = (all: ReadonlyArray<Invocation>, is: boolean): ReadonlyArray<Invocation> =>
    is ? [call("MULTI"), ...all, call("EXEC")] : all;
  return fc
    .tuple(
      ...([actor, actor, mode, fc.constantFrom("2", "3", "3", "3"), said] as const),
      ...([some(reading, 1, 3), some(changing, 1, 3), fc.boolean(), fc.boolean()] as const),
      ...([some(fc.oneof(reading, changing), 0, 3), fc.boolean()] as const),
      fc.constantFrom("off", "off", "RESET", "QUIT"),
    )
    .map(([a, b, options, protocol, words, reads, changes, c, d, own, e, end]) => {
      const by = (who: number, all: ReadonlyArray<Invocation>) => all.map((one) => step(who, one));
      return [
        ...by(a, [call("RESET"), call("HELLO", protocol)]),
        ...by(a, [call("CLIENT|TRACKING", "on", ...options), ...words]),
        ...by(a, transacted(reads, c)),
        ...by(b, transacted(changes, d)),
        ...by(a, transacted(own, e)),
        ...by(b, changes),
        step(a, end === "off" ? call("CLIENT|TRACKING", "off") : call(end)),
      ];
    });
}

/** A session has another one told, which listens, or leaves, or begins again. */
function redirected({ actor }: Cast): fc.Arbitrary<ReadonlyArray<Step>> {
  const listens = fc.constantFrom<ReadonlyArray<Invocation>>(
    [call("SUBSCRIBE", "__redis__:invalidate")],
    ...[[call("HELLO", "3")], [call("SSUBSCRIBE", "news")], []],
  );
  const leaves = fc.constantFrom("", "", "RESET", "QUIT", "QUIT");
  return fc
    .tuple(
      ...([actor, actor, actor, listens, leaves] as const),
      ...([fc.constantFrom("2", "3"), some(reading, 1, 2), some(changing, 1, 2)] as const),
      fc.boolean(),
    )
    .map(([a, target, c, subscriptions, end, protocol, reads, changes, hasPrefix]) => {
      const by = (who: number, all: ReadonlyArray<Invocation>) => all.map((one) => step(who, one));
      const options = hasPrefix ? ["BCAST", "PREFIX", PREFIX] : [];
      return [
        ...by(target, [call("RESET"), ...subscriptions]),
        ...by(a, a === target ? [] : [call("RESET"), call("HELLO", protocol)]),
        step(a, call("CLIENT|TRACKING", "on", ...options, "REDIRECT", { client: target })),
        ...by(a, reads),
        ...by(c, changes),
        ...by(target, end === "" ? [] : [call(end)]),
        ...by(a, reads),
        ...by(c, changes),
        ...by(a, [call("CLIENT|TRACKINGINFO"), call("CLIENT|GETREDIR"), call("RESET")]),
        ...by(target, [call("RESET")]),
      ];
    });
}

/** Modes that do not go together. */
function switched({ actor }: Cast): fc.Arbitrary<ReadonlyArray<Step>> {
  const ons = [["OPTIN"], ["OPTIN", "NOLOOP"], ["BCAST", "PREFIX", PREFIX], ["OPTOUT"]];
  return fc
    .tuple(actor, fc.array(fc.constantFrom(...ons), { minLength: 2, maxLength: 3 }))
    .map(([a, modes]) => [
      step(a, call("RESET")),
      ...modes.map((mode) => step(a, call("CLIENT|TRACKING", "on", ...mode))),
      ...["yes", "no", "maybe"].map((word) => step(a, call("CLIENT|CACHING", word))),
      ...["TRACKINGINFO", "GETREDIR"].map((name) => step(a, call(`CLIENT|${name}`))),
      step(a, call("RESET")),
    ]);
}

/** What happens to a session that has a cache. */
export const trackingScenarios: ReadonlyArray<Scenario> = [
  { command: "CLIENT|TRACKING", weight: 3, steps: cached },
  { command: "CLIENT|TRACKING", weight: 2, steps: redirected },
  { command: "CLIENT|TRACKING", weight: 1, steps: switched },
];
