/** A run of the production server whose clients have caches, judged by TLC; and runs that never were. */
import { join } from "node:path";
import { expect, test } from "vitest";
import { SPECS } from "../../specs/files.ts";
import type { RawEvent } from "../abstraction/transactions-words.ts";
import { compareTracking, type Stimulus } from "../refine/tracking-check.ts";
import { judgeTraces } from "./judge.ts";
import { tamperWith } from "./tampering/tampering.ts";
import { trackingTampering } from "./tampering/tracking.ts";
import type { RecordedTrace } from "./trace.ts";
import { trackingTrace } from "./tracking.ts";
import { impossible } from "./verdicts.ts";

const judge = { folder: join(SPECS, "tracking"), module: "TraceTracking" };

const LAST: readonly Stimulus[] = [{ _tag: "Flush" }, { _tag: "EndSync" }, { _tag: "Flush" }];

function send(client: number, ...lines: readonly string[]): Stimulus {
  return { _tag: "Send", client, lines };
}

/** Every mode, transactions, another's place, keys that expire or are too many, the end of servers. */
const RUN: readonly Stimulus[] = [
  ...[send(0, "CLIENT TRACKING ON", "GET x", "GET y"), send(1, "INCR x", "GET x"), ...LAST],
  ...[send(0, "GET x", "INCR x", "MULTI", "GET x", "INCR x", "GET y", "EXEC"), ...LAST],
  ...[send(1, "CLIENT TRACKING ON NOLOOP", "GET x", "INCR x", "GET x"), ...LAST],
  ...[send(2, "CLIENT TRACKING ON BCAST", "CLIENT TRACKING ON OPTIN"), ...LAST],
  ...[send(2, "INCR z", "INCR w"), send(1, "INCR w"), ...LAST],
  ...[send(3, "CLIENT TRACKING ON OPTIN", "GET w", "CLIENT CACHING YES", "GET w"), ...LAST],
  ...[send(0, "GET w", "GET x", "GET y"), ...LAST, send(0, "GET z"), send(1, "GET z"), ...LAST],
  ...[{ _tag: "Expire", key: "x", reader: 1 } as const, ...LAST],
  ...[{ _tag: "Expire", key: "z", reader: null } as const, ...LAST],
  ...[{ _tag: "Redirect", client: 0, other: 3, mode: "on" } as const, send(0, "GET y"), ...LAST],
  ...[send(1, "INCR y", "FLUSHALL"), ...LAST, send(0, "GET y", "GET x"), ...LAST],
  ...[{ _tag: "Disconnect", client: 3 } as const, send(1, "INCR y"), ...LAST],
  ...[send(1, "INCR y"), ...LAST, { _tag: "Crash" } as const],
  ...[send(0, "CLIENT TRACKING ON", "GET y", "INCR y"), ...LAST, send(1, "INCR y")],
  ...[{ _tag: "Crash" } as const, send(0, "GET y"), ...LAST],
];

function recorded(): RecordedTrace {
  const taken: RawEvent[] = [];
  expect(compareTracking(RUN, new Map(), taken)).toBeNull();
  return trackingTrace("recorded", taken);
}

test("TLC accepts what the server has done, and nothing else", { timeout: 300_000 }, async () => {
  const honest = recorded();
  const sets = tamperWith([honest], trackingTampering, 1);
  expect(impossible(sets)).toEqual([]);
  const traces = [honest, ...sets.flatMap(({ tampered }) => tampered.map(({ trace }) => trace))];
  const { verdicts } = await judgeTraces(judge, traces);
  const accepted = traces.filter((_, i) => verdicts[i]!.kind === "accepted");
  expect(accepted.map(({ name }) => name)).toEqual(["recorded"]);
});

test("clients have places, and keys have theirs in the order of their bytes", () => {
  const of = (session: string, action: string, fields: RawEvent["fields"] = {}): RawEvent => {
    return { action, fields: { session, ...fields } };
  };
  const { events } = trackingTrace("places", [
    of("17", "Send", { command: "CLIENT TRACKING ON REDIRECT 40 BCAST NOLOOP" }),
    of("40", "Send", { command: "EXEC;INCR there;FLUSHALL;GET here" }),
    of("17", "Disconnect"),
    of("18", "Reply", { reply: ">2\r\n$10\r\ninvalidate\r\n*1\r\n$5\r\nthere\r\n" }),
    of("18", "Reply", { reply: ">2\r\n$10\r\ninvalidate\r\n_\r\n" }),
    of("40", "Reply", { reply: "*1\r\n_\r\n", isExec: true }),
  ]);
  expect(
    events.map(({ fields }) => fields["command"] ?? fields["reply"] ?? fields["session"]),
  ).toEqual([
    ["TRACK", "bcast-noloop", "s2"],
    ["EXEC", "INCR", "k2", "FLUSH", "all", "GET", "k1"],
    "s1",
    ["invalid", "k2"],
    ["invalid", "all"],
    ["reply", "0"],
    undefined,
  ]);
});

test("a run that does not keep to the specification is refused", () => {
  const event = { action: "Send", fields: { session: "1", command: "SET k v" } };
  expect(() => trackingTrace("other", [event])).toThrow("knows no SET k v");
});
