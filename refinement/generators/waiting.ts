/** Clients that wait for keys, and all that may bring what they wait for or end their waits. */

import fc from "fast-check";
import { soundPayloads } from "../../model/keyspace/keys/payloads.ts";
import type { Cast, Part, Scenario } from "./grammar.ts";
import { call, type Invocation, type Step, step } from "./step.ts";
import { pick } from "./values.ts";

export const NOT_A_TIMEOUT = "-ERR timeout is not a float or out of range";
export const NEGATIVE_TIMEOUT = "-ERR timeout is negative";

/**
 * A timeout in seconds: soon over, never over or far away, or none. None whose end 64 bits do not
 * hold, which Redis 7.0 calls negative: `docs/DIFFERENCES.md`.
 */
export const timeout: fc.Arbitrary<string> = pick(
  [6, fc.constantFrom("0.001", "1e-9", "0.0042", "+.002", "0x1p-10")],
  [3, fc.constantFrom("0", "-0", "1000", "0e5", "1e-5000")],
  [1, fc.constantFrom("-1", "-0.001", "-inf")],
  [1, fc.constantFrom("", "x", "nan", "1s", "1 ", "0,5", "1e5000")],
);

/** What stands behind too many arguments: a timeout that is soon over, if it is one. */
export const MORE: ReadonlyArray<string> = ["x", "0.001"];

/** How the kind of one reply is named in which somebody has waited for a command to bring it. */
export const broughtBy = (name: string): string => `(by ${name})`;

/** What brings values of every type that is waited for, and ends waits. */
export const WAYS: ReadonlyArray<string> = [
  ...["RENAME", "COPY", "RESTORE", "MOVE", "SWAPDB", "EXEC", "CLIENT|UNBLOCK"],
];

/** What a family's clients wait for, and with what. */
export interface Waiting {
  /** Commands that wait for one of these keys, for ever. */
  readonly waits: (keys: ReadonlyArray<string>) => ReadonlyArray<Invocation>;
  /** Commands that put something into a key that is not there. */
  readonly brings: (key: string) => ReadonlyArray<Invocation>;
  /** Commands that write what they wait for from one key to another one, over whatever is there. */
  readonly writes: (from: string, to: string) => ReadonlyArray<Invocation>;
  /** The type of the values that they wait for. */
  readonly type: "list" | "zset" | "stream";
  /** What is there before they begin, empty as it is. */
  readonly prepares?: (key: string) => ReadonlyArray<Invocation>;
  /** What may happen to a key that is there, and ends waits without bringing anything. */
  readonly disturbs?: (key: string) => ReadonlyArray<Invocation>;
}

/** What clients wait for, and another one that they do not. */
const KEYS = ["a", "b"] as const;
const OTHER = "c";

const payloadOf = ({ type }: Waiting): string =>
  [...soundPayloads].find(([, value]) => value.type === type)![0];

/** Ways in which a key comes, or does not although it is there afterwards. */
function arrivals(kind: Waiting, key: string): fc.Arbitrary<ReadonlyArray<Invocation>> {
  const bring = (name: string) => fc.constantFrom(...kind.brings(name));
  const over = fc.constantFrom([], [], [call("SET", key, "x")]);
  return pick<ReadonlyArray<Invocation>>(
    [8, bring(key).map((one) => [one])],
    [3, fc.tuple(bring(key), bring(key)).map((two) => two)],
    [
      3,
      fc
        .tuple(over, bring(OTHER))
        .map(([first, one]) => [...first, one, call("RENAME", OTHER, key)]),
    ],
    [
      3,
      fc
        .tuple(over, bring(OTHER))
        .map(([first, one]) => [...first, one, call("COPY", OTHER, key, "REPLACE")]),
    ],
    [3, over.map((first) => [...first, call("RESTORE", key, "0", payloadOf(kind), "REPLACE")])],
    [
      3,
      bring(key).map((one) => [
        call("SELECT", "1"),
        one,
        call("MOVE", key, "0"),
        call("SELECT", "0"),
      ]),
    ],
    [
      3,
      bring(key).map((one) => [
        call("SELECT", "1"),
        one,
        call("SWAPDB", "0", "1"),
        call("SELECT", "0"),
      ]),
    ],
    [
      3,
      fc
        .tuple(over, bring(OTHER), fc.constantFrom(...kind.writes(OTHER, key)))
        .map(([first, one, write]) => [...first, one, write]),
    ],
    [1, fc.constantFrom([call("SET", key, "x")], [call("DEL", key)], [call("FLUSHALL")])],
    [kind.disturbs === undefined ? 0 : 8, disturbance(kind, key)],
  );
}

function disturbance(kind: Waiting, key: string): fc.Arbitrary<ReadonlyArray<Invocation>> {
  const all = kind.disturbs?.(key) ?? [call("DEL", key)];
  return fc.constantFrom(...all).map((one) => [one]);
}

/** Ends of a wait that bring nothing. */
function ends(actor: fc.Arbitrary<number>): fc.Arbitrary<(by: number) => Step> {
  const how = fc.constantFrom("TIMEOUT", "ERROR");
  return pick<(by: number) => Step>(
    [
      4,
      fc.tuple(actor, how).map(
        ([client, reason]) =>
          (by) =>
            step(by, call("CLIENT|UNBLOCK", { client }, reason)),
      ),
    ],
    [1, actor.map((client) => (by) => step(by, call("CLIENT|KILL", "ID", { client })))],
    [1, actor.map((connection) => () => ({ _tag: "Disconnect", connection }))],
  );
}

/** Several clients wait; keys come in several ways, some in a transaction; some waits end otherwise. */
function waitingLine(kind: Waiting, { actor }: Cast): fc.Arbitrary<ReadonlyArray<Step>> {
  const keys = fc.constantFrom<ReadonlyArray<string>>(["a"], ["b"], ["a", "b"], ["b", "a"]);
  const wait = keys.chain((some) => fc.constantFrom(...kind.waits(some)));
  const arrival = fc.constantFrom(...KEYS).chain((name) => arrivals(kind, name));
  const transaction = fc
    .array(arrival, { minLength: 1, maxLength: 3 })
    .map((several) => [call("MULTI"), ...several.flat(), call("EXEC")]);
  const happens = pick<(by: number) => ReadonlyArray<Step>>(
    [6, arrival.map((list) => (by) => list.map((one) => step(by, one)))],
    [2, transaction.map((list) => (by) => list.map((one) => step(by, one)))],
    [2, ends(actor).map((end) => (by) => [end(by)])],
    [1, wait.map((one) => (by) => [step(by, one)])],
  );
  return fc
    .tuple(
      actor,
      fc.array(fc.tuple(actor, wait), { minLength: 1, maxLength: 3 }),
      fc.array(happens, { minLength: 1, maxLength: 4 }),
      fc.subarray([...KEYS]),
    )
    .map(([by, waits, happenings, prepared]) => [
      step(by, call("SELECT", "0")),
      step(by, call("DEL", ...KEYS)),
      ...prepared.flatMap((key) => (kind.prepares?.(key) ?? []).map((one) => step(by, one))),
      ...waits.flatMap(([who, one]) => [step(who, call("SELECT", "0")), step(who, one)]),
      ...happenings.flatMap((happen) => happen(by)),
    ]);
}

/** The scenario of a family's commands that wait, of which `command` is one. */
export function waitingScenario(command: string, kind: Waiting): Scenario {
  return { command, waits: true, weight: 8, steps: (cast) => waitingLine(kind, cast) };
}

/** The last key of a part is followed by a timeout. */
export function withTimeout(part: fc.Arbitrary<Part>): fc.Arbitrary<Part> {
  return fc
    .tuple(part, timeout)
    .map(([{ words, options }, seconds]) => ({ words: [...words, seconds], options }));
}
