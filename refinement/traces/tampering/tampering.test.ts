import { expect, test } from "vitest";
import { END, type RecordedTrace, type TraceEvent } from "../trace.ts";
import { logTampering } from "./log.ts";
import { dropped, indexesOf, tamperWith } from "./tampering.ts";

function event(action: string, fields: TraceEvent["fields"] = {}): TraceEvent {
  return { action, fields };
}

/** A write, whose reply waits for its sync, and a reply that does not. */
const RUN: RecordedTrace = {
  spec: "log",
  name: "a run",
  begin: { policy: "always" },
  events: [
    ...[event("RecoverBegin", { end: 0 }), event("RecoverRewrite")],
    event("Serve", { end: 0, policy: "always" }),
    ...[event("Ask", { conn: "c1" }), event("Reply", { conn: "c1", count: 1, first: 1 })],
    event("Append", { conn: "c1", lsn: 1 }),
    ...[event("Write", { to: 1 }), event("FsyncBegin", { to: 1 }), event("FsyncOk")],
    event("Reply", { conn: "c1", count: 1, first: 2 }),
    ...[event("Close"), END],
  ],
};

test("the first tampered event is named by its number", () => {
  const kind = {
    name: "none asked",
    *edits(trace: RecordedTrace) {
      for (const index of indexesOf(trace, "Ask")) yield dropped(trace, index);
    },
  };
  const [set] = tamperWith([RUN], [kind], 3);
  expect(set).toMatchObject({ kind: "none asked", tampered: [{ from: 4 }] });
  expect(set!.tampered[0]!.trace.events).toEqual(RUN.events.toSpliced(3, 1));
});

test("a reply is moved in front of the gate only where it has to wait for it", () => {
  const kind = logTampering.find(({ name }) => name === "write acknowledged before the gate")!;
  const edits = [...kind.edits(RUN)];
  expect(edits.map(({ at }) => at)).toEqual([8]);
  expect(edits[0]!.events.map(({ action }) => action).slice(8, 10)).toEqual(["Reply", "FsyncOk"]);
});

test("what stands behind a closing line is another trace than what stands in its place", () => {
  const again: RecordedTrace = {
    ...RUN,
    events: [
      ...RUN.events.slice(0, -1),
      ...[event("RecoverBegin", { end: 1 }), event("Serve", { end: 1, policy: "always" })],
      ...[event("Append", { conn: "c1", lsn: 2 }), event("Reopen"), event("Write", { to: 2 })],
      ...[event("Kill"), event("RecoverBegin", { end: 2 }), event("RecoverRewrite"), END],
    ],
  };
  const editsOf = (kind: string) => [
    ...logTampering.find(({ name }) => name === kind)!.edits(again),
  ];
  expect(editsOf("write behind the closing line").map(({ at }) => at)).toEqual([14]);
  expect(editsOf("copy of a closed file").map(({ at }) => at)).toEqual([12]);
});

test("a reply that nobody misses is not dropped", () => {
  const kind = logTampering.find(({ name }) => name === "reply dropped")!;
  expect([...kind.edits(RUN)].map(({ at }) => at)).toEqual([4]);
});
