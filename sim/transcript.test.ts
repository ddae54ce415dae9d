import { expect, it } from "vitest";
import { firstDifference, Transcript } from "./transcript.ts";

function transcript(...steps: readonly (readonly [what: string, value: number])[]): Transcript {
  const made = new Transcript(() => 0, false);
  for (const [what, value] of steps) {
    made.number(value);
    made.endStep(what);
  }
  return made;
}

it("finds the first step in which two runs differ", () => {
  const one = transcript(["a", 1], ["b", 2], ["c", 3]);
  expect(firstDifference(one, transcript(["a", 1], ["b", 2], ["c", 3]))).toBeNull();
  expect(firstDifference(one, transcript(["a", 1], ["b", 4], ["c", 3]))?.step).toBe(1);
  expect(firstDifference(one, transcript(["a", 1], ["x", 2], ["c", 3]))?.step).toBe(1);
  expect(firstDifference(one, transcript(["a", 1]))).toMatchObject({
    step: 1,
    second: "had ended",
  });
});

it("hashes bytes, and not only how many", () => {
  const bytes = (text: string): Transcript => {
    const made = new Transcript(() => 0, false);
    made.bytes(Buffer.from(text), 0, text.length);
    made.endStep("step");
    return made;
  };
  expect(firstDifference(bytes("abc"), bytes("abd"))?.step).toBe(0);
});
