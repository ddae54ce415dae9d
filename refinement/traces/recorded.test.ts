import { expect, test } from "vitest";
import { logTrace, type RawStep, readSteps, transactionsRun } from "./recorded.ts";

function step(spec: string, action: string, fields: RawStep["fields"] = {}): RawStep {
  return { spec, action, fields };
}

test("lines of steps are read whole", () => {
  const line = JSON.stringify(step("log", "Write", { to: 3 }));
  expect(readSteps(`${line}\n${line}\n`)).toHaveLength(2);
  expect(readSteps("")).toEqual([]);
  expect(() => readSteps(`${line}\n${line.slice(0, 9)}`)).toThrow("cut off");
});

test("time begins with each process, and connections have places", () => {
  const { events } = logTrace("run", "everysec", [
    ...[step("log", "Serve"), step("log", "Tick", { nowMs: 5_000_000_000 })],
    ...[step("log", "Ask", { conn: "17" }), step("log", "Disconnect", { conn: "17" })],
    ...[step("log", "Ask", { conn: "18" }), step("log", "Tick", { nowMs: 5_000_000_007 })],
    ...[step("transactions", "Send"), step("log", "Kill"), step("log", "Serve")],
    ...[step("log", "Tick", { nowMs: 90 }), step("log", "Ask", { conn: "1" })],
  ]);
  const told = events.map(({ action, fields }) => [action, ...Object.values(fields)].join(" "));
  expect(told).toEqual([
    ...["Serve", "Tick 1", "Ask c1", "Disconnect c1", "Ask c1", "Tick 8", "Kill", "Serve"],
    ...["Tick 1", "Ask c1", "End"],
  ]);
});

const BEGIN = [step("log", "RecoverBegin", { end: 0 }), step("log", "Serve", { end: 0 })];
const AGAIN = (end: number): RawStep[] => [
  step("log", "RecoverBegin", { end }),
  step("log", "Serve", { end }),
];

function actions(steps: readonly RawStep[]): string[] {
  return transactionsRun("run", steps).events.map(({ action }) => action);
}

test("what a server finds again is what its crash has kept", () => {
  const persist = step("transactions", "Persist", { upTo: 2 });
  const kill = step("log", "Kill");
  const { events } = transactionsRun("run", [...BEGIN, persist, kill, ...AGAIN(3)]);
  expect(events.slice(1, 3)).toEqual([
    { action: "Crash", fields: { keep: 3 } },
    { action: "Restart", fields: {} },
  ]);
  // A recovery that was killed itself counts once.
  const twice = [kill, AGAIN(3)[0]!, kill, ...AGAIN(2)];
  expect(actions([...BEGIN, persist, ...twice])).toEqual(["Persist", "Crash", "Restart", "End"]);
});

test("what the specification does not know ends the trace", () => {
  const persist = step("transactions", "Persist", { upTo: 2 });
  const loss = step("log", "PowerLoss", { kept: 1 });
  expect(actions([...BEGIN, persist, loss, ...AGAIN(1), persist])).toEqual(["Persist", "End"]);
  expect(actions([...BEGIN, persist, step("log", "ShortWrite"), persist])).toEqual([
    "Persist",
    "End",
  ]);
});
