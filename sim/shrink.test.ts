import { expect, it } from "vitest";
import { Choices } from "./choices.ts";
import { shrink } from "./shrink.ts";

/** Draws numbers until one of them says stop; fails when two large ones were drawn. */
function run(list: readonly number[]) {
  const choices = Choices.replay(list);
  let large = 0;
  while (choices.below(10) > 0) {
    choices.span(() => {
      if (choices.below(1000) >= 137) large++;
      choices.below(50);
    });
  }
  return { fails: large >= 2, made: choices.made, spans: choices.spans };
}

it("finds the smallest list that still fails", () => {
  const random = Choices.seeded(5);
  const failing = Array.from({ length: 60 }, () => [
    1 + random.below(9),
    random.below(1000),
    random.below(50),
  ]).flat();
  expect(run(failing).fails).toBe(true);
  const { choices, runs } = shrink(failing, run, 5000);
  expect(choices).toEqual([1, 137, 0, 1, 137]);
  expect(runs).toBeLessThan(5000);
});

it("keeps within its number of runs", () => {
  const failing = Array.from({ length: 300 }, (_, i) => (i % 3 === 1 ? 999 : 1));
  const { choices, runs } = shrink(failing, run, 10);
  expect(runs).toBeLessThanOrEqual(10);
  expect(run(choices).fails).toBe(true);
});
