/** Runs of the production server, judged by TLC; and runs that never were. */
import { join } from "node:path";
import { expect, test } from "vitest";
import { SPECS } from "../../specs/files.ts";
import { type RawEvent, specCommand, specReply } from "../abstraction/transactions-words.ts";
import { compareTransactions, type Stimulus } from "../refine/transactions-check.ts";
import { judgeTraces } from "./judge.ts";
import type { RecordedTrace, TraceEvent } from "./trace.ts";
import { transactionsTrace } from "./transactions.ts";

const judge = { folder: join(SPECS, "transactions"), module: "TraceTransactions" };

const FLUSH: Stimulus = { _tag: "Flush" };
const SYNC: Stimulus = { _tag: "EndSync" };

function send(client: number, ...lines: readonly string[]): Stimulus {
  return { _tag: "Send", client, lines };
}

/** Two clients and one key: a transaction that runs, one that does not, expiry, a crash. */
const RUN: readonly Stimulus[] = [
  send(0, "SET x one", "WATCH x", "MULTI", "SET x two", "GET x", "EXEC"),
  ...[FLUSH, SYNC, FLUSH],
  send(0, "WATCH x", "MULTI", "GET x"),
  send(1, "SET x three PX 20", "GET x"),
  send(0, "EXEC", "MULTI", "NOSUCH", "SET x four", "EXEC"),
  ...[FLUSH, SYNC, FLUSH],
  { _tag: "Wait", ms: 25 },
  send(1, "GET x", "DISCARD"),
  ...[FLUSH, SYNC, FLUSH],
  send(1, "SET x five"),
  { _tag: "Crash" },
  send(0, "GET x"),
  ...[FLUSH, { _tag: "Disconnect", client: 0 } as const],
];

function recorded(): RecordedTrace {
  const taken: RawEvent[] = [];
  expect(compareTransactions(RUN, new Map(), taken)).toBeNull();
  return transactionsTrace("recorded", taken);
}

type Change = (events: readonly TraceEvent[]) => readonly TraceEvent[];

/** The index of the `nth` event of an action, from 0. */
function find(events: readonly TraceEvent[], action: string, nth = 0): number {
  const found = [...events.keys()].filter((index) => events[index]!.action === action);
  expect(found.length).toBeGreaterThan(nth);
  return found[nth]!;
}

function without(action: string, nth = 0): Change {
  return (events) => events.toSpliced(find(events, action, nth), 1);
}

function altered(action: string, fields: TraceEvent["fields"], nth = 0): Change {
  return (events) => {
    const at = find(events, action, nth);
    const event = events[at]!;
    return events.toSpliced(at, 1, { action, fields: { ...event.fields, ...fields } });
  };
}

const TAMPERED: Readonly<Record<string, Change>> = {
  "a reply dropped": without("Reply"),
  "a reply before it is durable": without("Persist"),
  "a reply with other words": altered("ExecFinish", { reply: ["array", "OK", "three"] }),
  "a lost update": (events) => {
    const at = find(events, "ExecNil");
    const { session } = events[at]!.fields;
    const steps: TraceEvent[] = [
      { action: "ExecStart", fields: { session: session! } },
      { action: "ExecNext", fields: { session: session!, reply: ["two"] } },
      { action: "ExecFinish", fields: { session: session!, reply: ["array", "two"] } },
    ];
    return events.toSpliced(at, 1, ...steps);
  },
  "another session's step": altered("Queue", { session: "s2" }),
  "a command in the middle of EXEC": (events) => {
    const at = find(events, "ExecNext");
    const other: TraceEvent = { action: "Send", fields: { session: "s2", command: ["BAD"] } };
    const refused: TraceEvent = { action: "Refuse", fields: { session: "s2", reply: ["ERR"] } };
    return events.toSpliced(at, 0, other, refused);
  },
  "commits in another order": (events) => {
    const at = find(events, "ExecNext");
    return events.toSpliced(at, 2, events[at + 1]!, events[at]!);
  },
  "an error forgotten": (events) => {
    const at = find(events, "ExecAbort");
    return events.toSpliced(at, 1, { ...events[at]!, action: "ExecNil" });
  },
  "more kept than there was": altered("Crash", { keep: 9 }),
  "an acknowledged write lost": altered("Crash", { keep: 0 }),
  "a removal in nobody's time": without("Pass"),
  "a truncated end": (events) => events.slice(0, -1),
};

test("TLC accepts what the server has done, and nothing else", { timeout: 300_000 }, async () => {
  const honest = recorded();
  const changed = Object.entries(TAMPERED).map(([name, change]) => {
    return { ...honest, name, events: change(honest.events) };
  });
  const { verdicts } = await judgeTraces(judge, [honest, ...changed]);
  const accepted = [honest, ...changed].filter((_, i) => verdicts[i]!.kind === "accepted");
  expect(accepted.map(({ name }) => name)).toEqual(["recorded"]);
});

test("commands and replies in the specification's words", () => {
  const words = (line: string): readonly string[] => specCommand(line.split(" "));
  expect(words("set k v")).toEqual(["SET", "k", "v"]);
  expect(words("SET k v PX 20")).toEqual(["SETX", "k", "v"]);
  expect(words("SET k v EX 0")).toEqual(["FAIL"]);
  expect(words("GET")).toEqual(["BAD"]);
  expect(words("NOSUCH x")).toEqual(["BAD"]);
  expect(() => words("APPEND k v")).toThrow("knows no APPEND k v");
  expect(() => words("DEL a b")).toThrow("knows no DEL a b");
  expect(() => words("SET k v NX")).toThrow("knows no SET k v NX");
  expect(specReply("*-1\r\n")).toEqual(["nilarray"]);
  expect(specReply("*2\r\n$1\r\nv\r\n$-1\r\n")).toEqual(["array", "v", "nil"]);
  expect(specReply("-EXECABORT x\r\n")).toEqual(["EXECABORT"]);
});

test("more clients at a time than the specification has names for are refused", () => {
  const sends = Array.from({ length: 9 }, (_, i) => ({
    action: "Send",
    fields: { session: String(i), command: "MULTI" },
  }));
  expect(() => transactionsTrace("crowd", sends)).toThrow("more than 8 at a time");
  const apart = sends.flatMap((event) => [
    event,
    { action: "Disconnect", fields: { session: event.fields.session } },
  ]);
  expect(transactionsTrace("one by one", apart).events).toHaveLength(19);
});

test("a write that is refused because the disk is full is a refused command", () => {
  const of = (action: string, fields: RawEvent["fields"] = {}): RawEvent => {
    return { action, fields: { session: "7", ...fields } };
  };
  const error = { reply: "-MISCONF Errors writing to the AOF file\r\n" };
  const { events } = transactionsTrace("full", [
    ...[of("Send", { command: "MULTI" }), of("Send", { command: "SET x one" })],
    ...[of("Multi", { reply: "+OK\r\n" }), of("Reply", { reply: "+OK\r\n" })],
    of("Refuse", error),
  ]);
  expect(events.map(({ fields }) => fields["command"] ?? fields["reply"])).toEqual([
    ...[["MULTI"], ["BAD"], ["OK"], ["OK"], ["ERR"], undefined],
  ]);
  const refusedExec = [of("Send", { command: "EXEC" }), of("Refuse", error)];
  expect(() => transactionsTrace("full", refusedExec)).toThrow("no EXEC that is refused");
});
