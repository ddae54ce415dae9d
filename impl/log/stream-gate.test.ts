import { expect, test } from "vitest";
import { StreamGate } from "./stream-gate.ts";

test("the stream leaves up to where it ended after the last unit that the gate has reached", () => {
  const gate = new StreamGate();
  gate.add(100, 1);
  gate.add(150, 2);
  gate.add(180, 2);
  gate.add(300, 4);
  expect(gate.heldBytes(300, 0, 4)).toBe(300);
  expect(gate.heldBytes(300, 1, 4)).toBe(200);
  expect(gate.heldBytes(300, 2, 4)).toBe(120);
  expect(gate.heldBytes(300, 3, 4)).toBe(120);
  // What no unit stands for, a PING to the replicas, leaves with what is open.
  expect(gate.heldBytes(310, 4, 4)).toBe(0);
});

test("where the gate is always open it remembers nothing", () => {
  const gate = new StreamGate();
  for (let unit = 1; unit <= 1000; unit++) {
    gate.add(unit * 10, unit);
    expect(gate.heldBytes(unit * 10, unit, unit)).toBe(0);
    expect(gate.size).toBe(0);
  }
});
