/** A run of the production server whose clients wait for keys, judged by TLC; and runs that never were. */
import { join } from "node:path";
import { expect, test } from "vitest";
import { SPECS } from "../../specs/files.ts";
import type { RawEvent } from "../abstraction/transactions-words.ts";
import { compareBlocking, type Stimulus } from "../refine/blocking-check.ts";
import { blockingTrace } from "./blocking.ts";
import { judgeTraces } from "./judge.ts";
import { blockingTampering } from "./tampering/blocking.ts";
import { tamperWith } from "./tampering/tampering.ts";
import type { RecordedTrace } from "./trace.ts";
import { impossible } from "./verdicts.ts";

const judge = { folder: join(SPECS, "blocking"), module: "TraceBlocking" };

const LAST: readonly Stimulus[] = [{ _tag: "Flush" }, { _tag: "EndSync" }, { _tag: "Flush" }];
const TIME: Stimulus = { _tag: "Wait", ms: 25 };

function send(client: number, ...lines: readonly string[]): Stimulus {
  return { _tag: "Send", client, lines };
}

/** A line of clients, a chain, a transaction that brings two keys, ends of waits, crashes. */
const RUN: readonly Stimulus[] = [
  ...[send(0, "BLPOP x y 0"), send(1, "BLPOP x 0"), send(2, "BLPOP y x 0")],
  ...[send(3, "RPUSH x v1"), ...LAST],
  ...[send(4, "MULTI", "RPUSH x v2", "RPUSH y v3", "BLPOP z 0", "EXEC"), send(4, "RPUSH z v4")],
  ...LAST,
  ...[send(0, "BLPOP z 0", "BLPOP x 0.02"), send(1, "BLMOVE x y LEFT RIGHT 0"), TIME, ...LAST],
  ...[send(2, "BLPOP y 0"), send(3, "RPUSH x v5"), ...LAST],
  ...[send(0, "BLPOP x 0"), { _tag: "Unblock", client: 3, other: 0 } as const, ...LAST],
  ...[send(0, "BLPOP x 0"), { _tag: "Disconnect", client: 0 } as const, send(3, "RPUSH y v6")],
  ...[...LAST, send(3, "RPUSH y v7"), { _tag: "Crash" } as const],
  ...[send(0, "BLPOP y 0"), ...LAST, { _tag: "Crash" } as const, send(0, "RPUSH x v8"), ...LAST],
];

function recorded(): RecordedTrace {
  const taken: RawEvent[] = [];
  expect(compareBlocking(RUN, new Map(), taken)).toBeNull();
  return blockingTrace("recorded", taken);
}

test("TLC accepts what the server has done, and nothing else", { timeout: 300_000 }, async () => {
  const honest = recorded();
  const sets = tamperWith([honest], blockingTampering, 1);
  expect(impossible(sets)).toEqual([]);
  const traces = [honest, ...sets.flatMap(({ tampered }) => tampered.map(({ trace }) => trace))];
  const { verdicts } = await judgeTraces(judge, traces);
  const accepted = traces.filter((_, i) => verdicts[i]!.kind === "accepted");
  expect(accepted.map(({ name }) => name)).toEqual(["recorded"]);
});

test("clients and keys have places, and who is gone is nobody", () => {
  const of = (session: string, action: string, fields: RawEvent["fields"] = {}): RawEvent => {
    return { action, fields: { session, ...fields } };
  };
  const { events } = blockingTrace("places", [
    of("17", "Send", { command: "blpop there here 0" }),
    of("17", "Wait"),
    of("40", "Send", { command: "RPUSH here v1" }),
    of("17", "Serve", { reply: "*2\r\n$4\r\nhere\r\n$2\r\nv1\r\n" }),
    of("17", "Disconnect"),
    of("40", "Send", { command: "CLIENT UNBLOCK 17" }),
    of("40", "Send", { command: "CLIENT UNBLOCK 40" }),
    of("40", "Reply", { reply: "*0\r\n", isExec: true }),
  ]);
  expect(
    events.map(({ fields }) => fields["command"] ?? fields["reply"] ?? fields["session"]),
  ).toEqual([
    ["BLPOP", "forever", "k1", "k2"],
    "s1",
    ["RPUSH", "k2", "v1"],
    [["k2", "v1"]],
    "s1",
    ["UNBLOCK", "nobody"],
    ["UNBLOCK", "s2"],
    [],
    undefined,
  ]);
});

test("a run that does not keep to the specification is refused", () => {
  const event = { action: "Send", fields: { session: "1", command: "GET k" } };
  expect(() => blockingTrace("other", [event])).toThrow("knows no GET k");
});
