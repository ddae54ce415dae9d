import { expect, test } from "vitest";
import type { Sequence, Step } from "../generators/step.ts";
import { withoutNeedlessSteps } from "./minimize.ts";

const command = (connection: number, name: string): Step => ({
  _tag: "Command",
  connection,
  invocation: { name, options: [], args: [name] },
});

const names = (sequence: Sequence): ReadonlyArray<string> =>
  sequence.steps.map((step) => (step._tag === "Command" ? step.invocation.name : step._tag));

test("only what the failure needs remains", async () => {
  const steps = [..."abcdefghijklmnop"].map((name, at) => command(at % 3, name));
  const sequence: Sequence = { protocols: [2, 3, 2], steps };
  const needed = ["d", "g", "m"];
  const smallest = await withoutNeedlessSteps(sequence, async (smaller) =>
    needed.every((name) => names(smaller).includes(name)),
  );
  expect(names(smallest)).toEqual(needed);
  expect(smallest.protocols).toEqual([2]);
});
