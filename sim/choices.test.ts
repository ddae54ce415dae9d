import { expect, it } from "vitest";
import { Choices } from "./choices.ts";

function draw(choices: Choices): readonly number[] {
  return [
    choices.below(10),
    choices.between(5, 9),
    Number(choices.chance(0.5)),
    choices.of([7, 8, 9]),
    choices.upToUs(1_000_000),
    choices.weighted([
      [1, 100],
      [5, 200],
    ]),
  ];
}

it("draws the same for the same seed, and something else for another", () => {
  expect(draw(Choices.seeded(7))).toEqual(draw(Choices.seeded(7)));
  const many = new Set(Array.from({ length: 20 }, (_, seed) => String(draw(Choices.seeded(seed)))));
  expect(many.size).toBe(20);
});

it("replays what it made", () => {
  const first = Choices.seeded(3);
  const drawn = draw(first);
  const again = Choices.replay(first.made);
  expect(draw(again)).toEqual(drawn);
  expect(again.made).toEqual(first.made);
});

it("goes on with the plainest choices when a list has run out", () => {
  expect(draw(Choices.replay([]))).toEqual([0, 5, 0, 7, 0, 100]);
});

it("never makes what is impossible a choice", () => {
  const choices = Choices.seeded(1);
  expect(choices.chance(0)).toBe(false);
  expect(choices.below(1)).toBe(0);
  expect(choices.made).toEqual([]);
});

it("hits a probability", () => {
  const choices = Choices.seeded(1);
  const hits = Array.from({ length: 10_000 }, () => choices.chance(0.1)).filter(Boolean).length;
  expect(hits).toBeGreaterThan(850);
  expect(hits).toBeLessThan(1150);
});

it("knows which choices belong together", () => {
  const choices = Choices.seeded(1);
  choices.below(2);
  choices.span(() => {
    choices.below(3);
    choices.below(3);
  });
  choices.span(() => {});
  expect(choices.spans).toEqual([{ start: 1, end: 3 }]);
});
