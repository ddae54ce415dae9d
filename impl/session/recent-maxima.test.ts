import { expect, test } from "vitest";
import { RecentMaxima } from "./recent-maxima.ts";

const START_MS = 1_700_000_000_000;

test("the largest of the last seconds, each kind for itself", () => {
  const maxima = new RecentMaxima();
  expect(maxima.at(START_MS)).toEqual({ inputBytes: 0, outputBytes: 0 });
  maxima.note(START_MS, 10, 500);
  maxima.note(START_MS + 1_500, 70, 20);
  maxima.note(START_MS + 1_600, 60, 30);
  expect(maxima.at(START_MS + 6_999)).toEqual({ inputBytes: 70, outputBytes: 500 });
  expect(maxima.at(START_MS + 7_000)).toEqual({ inputBytes: 70, outputBytes: 30 });
  expect(maxima.at(START_MS + 8_000)).toEqual({ inputBytes: 0, outputBytes: 0 });
  maxima.note(START_MS + 7_000, 5, 5);
  expect(maxima.at(START_MS + 7_000)).toEqual({ inputBytes: 70, outputBytes: 30 });
  maxima.verifyInvariants();
});
